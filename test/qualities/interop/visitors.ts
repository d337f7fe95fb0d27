import type { Browser, Page } from "playwright-core";
import { type Browser as FormBrowser, makeBrowser } from "../../harness/browser";
import { walkPages } from "../../harness/authorize";
import { callback, type InteropServer } from "./interop-server";
import { chromiumPath, launchChromium, openPage } from "./chromium";

/** A person who does what the pages ask for. */
export interface PageVisitor {
  /** Opens an authorization request, logs in and consents. @returns where the browser ended */
  agree(server: InteropServer, url: URL): Promise<URL>;
  /** Opens the page of a device's code, logs in and approves. */
  approve(server: InteropServer, verificationUriComplete: string): Promise<void>;
  close(): Promise<void>;
}

const toServerUrl = ({ polymint }: InteropServer, url: URL | string) => `${polymint.url}${new URL(url).pathname}${new URL(url).search}`;

/** Opens an authorization request in a browser that may have a session, and does what its pages ask for. @returns where it ended */
export async function agreeIn(
  browser: FormBrowser,
  server: InteropServer,
  url: URL,
  person: { email: string; password: string } = server.polymint.person,
): Promise<URL> {
  const end = await walkPages(browser, await browser.get(toServerUrl(server, url)), person);
  return new URL(end.headers.get("location") ?? "about:blank");
}

/** A visitor without a browser, who sends the pages' forms over HTTP. */
export function makeFormVisitor(): PageVisitor {
  return {
    agree: (server, url) => agreeIn(makeBrowser(server.polymint.url), server, url),
    async approve(server, verificationUriComplete) {
      const browser = makeBrowser(server.polymint.url);
      const code = await browser.get(toServerUrl(server, verificationUriComplete));
      const back = await walkPages(browser, await browser.submit(code), server.polymint.person);
      await walkPages(browser, await browser.submit(back), server.polymint.person);
    },
    close: () => Promise.resolve(),
  };
}

/** A visitor with headless Chromium. */
export function makeChromiumVisitor(): PageVisitor {
  let launched: Promise<Browser> | undefined;
  const page = async () => openPage(await (launched ??= launchChromium()));
  return {
    async agree(server, url) {
      const at = await page();
      await at.goto(url.href);
      await logIn(at, server);
      await pressButton(at, "Allow");
      await at.waitForURL(`${callback}**`);
      return new URL(at.url());
    },
    async approve(server, verificationUriComplete) {
      const at = await page();
      await at.goto(verificationUriComplete);
      await pressButton(at, "Continue");
      await logIn(at, server);
      await pressButton(at, "Continue");
      await pressButton(at, "Allow");
      await at.getByRole("heading", { name: "Your device is connected" }).waitFor();
    },
    close: async () => (await launched)?.close(),
  };
}

async function logIn(page: Page, { polymint: { person } }: InteropServer): Promise<void> {
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await pressButton(page, "Log in");
}

function pressButton(page: Page, button: string): Promise<void> {
  return page.getByRole("button", { name: button, exact: true }).click();
}

const visitorFactories: Readonly<Record<string, () => PageVisitor>> = {
  "forms over HTTP": makeFormVisitor,
  "headless Chromium": makeChromiumVisitor,
};

/** Starts something before all tests around the visitors, since it takes long. @returns what gives a test its result */
export type StartEarly = <Result>(work: () => Promise<Result>) => () => Promise<Result>;

/** Defines the tests for both visitors. Without Chromium its tests are skipped, and a message says so. */
export function describeWithVisitors(define: (visit: () => PageVisitor, startEarly: StartEarly) => void): void {
  for (const [name, makeVisitor] of Object.entries(visitorFactories)) {
    const missing = name === "headless Chromium" && chromiumPath === undefined;
    if (missing) process.stderr.write("No Chromium found (Debian: apt-get install chromium, or set CHROMIUM): its cases are skipped.\n");
    let visitor: PageVisitor;
    const starts: (() => void)[] = [];
    const startEarly: StartEarly = (work) => {
      let started: ReturnType<typeof work> | undefined;
      starts.push(() => {
        started = work();
        // The test that asks for it fails.
        started.catch(() => undefined);
      });
      return () => started ?? work();
    };
    if (!missing) {
      beforeAll(() => {
        visitor = makeVisitor();
        for (const start of starts) start();
      });
      afterAll(() => visitor.close());
    }
    // Skipped only without Chromium; the same cases run with forms over HTTP in any case.
    (missing ? describe.skip : describe)(`the pages, by ${name}`, () => define(() => visitor, startEarly));
  }
}
