import type { Browser, Page } from "playwright-core";
import { makeBrowser } from "../../harness/browser";
import { walkPages } from "../../harness/authorize";
import { callback, type Stage } from "./stage";
import { chromiumPath, launchChromium, openPage } from "./chromium";

/** Somebody who does what pages ask for. */
export interface Visitor {
  /** Opens an authorization request, logs in, agrees. @returns where the browser ended */
  agree(stage: Stage, url: URL): Promise<URL>;
  /** Opens the page of a device's code, logs in, approves. */
  approve(stage: Stage, verificationUriComplete: string): Promise<void>;
  close(): Promise<void>;
}

/** Without a browser: the pages' forms over HTTP. */
export function formVisitor(): Visitor {
  const inside = ({ polymint }: Stage, url: URL | string) => `${polymint.url}${new URL(url).pathname}${new URL(url).search}`;
  return {
    async agree(stage, url) {
      const browser = makeBrowser(stage.polymint.url);
      const end = await walkPages(browser, await browser.get(inside(stage, url)), stage.polymint.person);
      return new URL(end.headers.get("location") ?? "about:blank");
    },
    async approve(stage, verificationUriComplete) {
      const browser = makeBrowser(stage.polymint.url);
      const code = await browser.get(inside(stage, verificationUriComplete));
      const back = await walkPages(browser, await browser.submit(code), stage.polymint.person);
      await walkPages(browser, await browser.submit(back), stage.polymint.person);
    },
    close: () => Promise.resolve(),
  };
}

/** In headless Chromium, as a person sees the pages. */
export function chromiumVisitor(): Visitor {
  let launched: Promise<Browser> | undefined;
  const page = async () => openPage(await (launched ??= launchChromium()));
  return {
    async agree(stage, url) {
      const at = await page();
      await at.goto(url.href);
      await logIn(at, stage);
      await press(at, "Allow");
      await at.waitForURL(`${callback}**`);
      return new URL(at.url());
    },
    async approve(stage, verificationUriComplete) {
      const at = await page();
      await at.goto(verificationUriComplete);
      await press(at, "Continue");
      await logIn(at, stage);
      await press(at, "Continue");
      await press(at, "Allow");
      await at.getByRole("heading", { name: "Your device is connected" }).waitFor();
    },
    close: async () => (await launched)?.close(),
  };
}

async function logIn(page: Page, { polymint: { person } }: Stage): Promise<void> {
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await press(page, "Log in");
}

function press(page: Page, button: string): Promise<void> {
  return page.getByRole("button", { name: button, exact: true }).click();
}

const visitors: Readonly<Record<string, () => Visitor>> = { "forms over HTTP": formVisitor, "headless Chromium": chromiumVisitor };

/** Both ways through the pages; where there is no Chromium, only its own cases are passed over, and the run says so. */
export function throughThePages(define: (visit: () => Visitor) => void): void {
  for (const [name, makeVisitor] of Object.entries(visitors)) {
    const missing = name === "headless Chromium" && chromiumPath === undefined;
    if (missing) process.stderr.write("No Chromium found (Debian: apt-get install chromium, or set CHROMIUM): its cases are skipped.\n");
    // Skipped only where there is no browser to run; the same flows run over HTTP all the same.
    (missing ? describe.skip : describe)(`through the pages, by ${name}`, () => {
      let visitor: Visitor;
      beforeAll(() => {
        visitor = makeVisitor();
      });
      afterAll(() => visitor.close());
      define(() => visitor);
    });
  }
}
