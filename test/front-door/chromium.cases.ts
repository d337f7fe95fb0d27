import { source as axeSource } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { chromiumPath, launchChromium } from "../qualities/interop/chromium";
import { tokenPaths } from "../harness/token-requests";
import { command, type PlaygroundServer } from "./playground-server";

const missing = chromiumPath === undefined;
if (missing) process.stderr.write("The pages for integrators are not tested in a browser: there is no Chromium.\n");

const viewed = "/docs?contract=oauth2";
const views = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 320 },
] as const;

/** The pages in a browser: what axe finds, the keyboard, scripts, and that no request leaves the server. */
export function defineChromiumCases(started: () => PlaygroundServer): void {
  let server: PlaygroundServer;
  let browser: Browser;
  let page: Page;
  let address = 0;
  /** What went wrong in a page: requests that leave the server, and faults that the browser reports, such as those of the policy. */
  let faults: string[];

  beforeAll(async () => {
    server = started();
    if (!missing) browser = await launchChromium();
  });
  afterAll(() => (missing ? undefined : browser.close()));
  afterEach(async () => {
    if (missing) return;
    await page.context().close();
    expect(faults).toEqual([]);
  });

  /** Opens a window with an address of its own, so that its requests do not count against another test. */
  async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
    address += 1;
    const extraHTTPHeaders = { "x-forwarded-for": `198.51.100.${address}` };
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, extraHTTPHeaders, ...options });
    faults = [];
    const { url } = server.polymint;
    context.on("request", (request) => {
      if (!request.url().startsWith(url) && !/^(?:data|blob):/.test(request.url())) faults.push(request.url());
    });
    context.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    context.on("weberror", (error) => faults.push(error.error().message));
    return (page = await context.newPage());
  }

  async function visit(path: string): Promise<void> {
    await page.goto(`${server.polymint.url}${path}`);
    if (path !== viewed) return;
    await page.locator("#viewer h1").filter({ visible: true }).first().waitFor();
    // The viewer makes an operation when it comes into sight.
    await page.locator("#viewer").getByText("/oauth2/revoke").first().waitFor();
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    await page.getByRole("link", { name: "Try POST /oauth2/revoke in the playground" }).waitFor();
  }

  const press = (name: string, where = page) => where.getByRole("button", { name, exact: true }).click();
  const heading = (name: string) => page.getByRole("heading", { name, exact: true }).waitFor();

  /** Finds what is not accessible, and whether the page is wider than the window. */
  async function findBarriers(): Promise<string[]> {
    await page.evaluate(axeSource);
    // As text, since Node's types have no document.
    const barriers = await page.evaluate<string[]>(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => [
      ...violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html.slice(0, 120))),
      ...(document.documentElement.scrollWidth > window.innerWidth ? ["too wide"] : []),
    ])`);
    return barriers.map((barrier) => `${page.url()}: ${barrier}`);
  }

  /** Looks at a page that cannot be loaded again in both views. */
  async function findBarriersInViews(): Promise<string[]> {
    const found: string[] = [];
    for (const { colorScheme, width } of views) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      found.push(...(await findBarriers()));
    }
    return found;
  }

  async function logIn(where: Page): Promise<void> {
    const { person } = server.polymint;
    await where.getByLabel("Email").fill(person.email);
    await where.getByLabel("Password").fill(person.password);
    await press("Log in", where);
  }

  // Skipped only without Chromium; the same pages are tested over HTTP in any case.
  const describeWithChromium = missing ? describe.skip : describe;
  describeWithChromium("the pages", () => {
    it.each(views)("have no fault that axe finds and fit the window, in %o", async ({ colorScheme, width }) => {
      await openPage({ colorScheme, viewport: { width, height: 800 } });
      const paths = ["/", "/docs", viewed, "/errors", "/errors?contract=weavr", "/playground", "/playground?contract=oauth2"];
      for (const path of paths) {
        await visit(path);
        expect([path, await findBarriers()]).toEqual([path, []]);
      }
    });

    it("would not pass with a fault of contrast and a missing label (control)", async () => {
      await openPage();
      await visit("/errors");
      await page.evaluate(
        "document.querySelector('h1').style.color = '#eee'; document.querySelector('main').append(document.createElement('input'))",
      );
      expect((await findBarriers()).join()).toMatch(/color-contrast.*label/);
    });

    it("copy a command and say so, with the keyboard alone", async () => {
      await openPage({ permissions: ["clipboard-read", "clipboard-write"] });
      await visit("/");
      const button = page.getByRole("button", { name: "Copy the command for a token of abbeycross" });
      await button.focus();
      await page.keyboard.press("Enter");
      await page.getByRole("status").filter({ hasText: "Copied the command for a token of abbeycross" }).waitFor();
      expect(await page.evaluate("navigator.clipboard.readText()")).toBe(command);
      await page.locator("summary").first().focus();
      await page.keyboard.press("Enter");
      await page.getByText("open http://localhost:3000/authorize").waitFor();
    });

    it("lead from an operation of the viewer to its request and its answer, with the keyboard alone", async () => {
      await openPage();
      await visit(viewed);
      expect(await page.getByRole("button", { name: /Test Request/ }).count()).toBe(0);
      await page.getByRole("link", { name: "Try POST /oauth2/introspect in the playground" }).focus();
      const opened = page.context().waitForEvent("page");
      await page.keyboard.press("Enter");
      page = await opened;
      await heading("oauth2: ask whether a token is good");
      await page.getByRole("button", { name: "Send the request" }).focus();
      await page.keyboard.press("Enter");
      await page.getByText('"active": true').waitFor();
    });

    it("have everything but the viewer and the buttons without JavaScript", async () => {
      await openPage({ javaScriptEnabled: false });
      await visit("/");
      expect(await page.getByRole("button").count()).toBe(0);
      expect(await page.locator("pre").first().textContent()).toBe(command);
      await page.getByRole("link", { name: "Reference of weavr" }).click();
      await page.getByRole("heading", { name: "Polymint, weavr contract" }).waitFor();
      await page.getByRole("link", { name: "423" }).click();
      await page.getByRole("heading", { name: "Errors of weavr" }).waitFor();
    });
  });

  describeWithChromium("the playground", () => {
    it("leads through the code flow, from the first page to verified tokens", async () => {
      await openPage();
      const barriers: string[] = [];
      await visit("/playground");
      await page.getByRole("link", { name: "Authorization code" }).click();
      await page.getByLabel("Scope").fill("openid email offline");
      barriers.push(...(await findBarriersInViews()));
      await press("Make the authorization request");
      barriers.push(...(await findBarriersInViews()));
      await page.getByRole("link", { name: "Go there, to log in and agree" }).click();
      await logIn(page);
      await press("Allow");
      await heading("A code came back");
      barriers.push(...(await findBarriersInViews()));
      await press("Exchange the code");
      await heading("Tokens for the code");
      barriers.push(...(await findBarriersInViews()));
      expect(await page.locator(".wrong").count()).toBe(0);
      expect(await page.locator(".right").allTextContents()).toEqual(expect.arrayContaining(["right: at_hash fits the access token."]));
      await press("Call /userinfo");
      await page.getByText(server.polymint.person.email).waitFor();
      expect(barriers).toEqual([]);
    });

    it("lets a device poll by itself until its person has allowed it", async () => {
      await openPage();
      await page.clock.install();
      await visit("/playground-device");
      await press("Begin");
      const userCode = (await page.locator(".usercode").textContent()) ?? "";
      const barriers = await findBarriersInViews();
      const other = await page.context().newPage();
      await other.goto(`${server.polymint.url}/device?user_code=${userCode}`);
      await press("Continue", other);
      await logIn(other);
      await press("Continue", other);
      await press("Allow", other);
      await other.getByRole("heading", { name: "Your device is connected" }).waitFor();
      await page.getByRole("checkbox").check();
      // The login has changed what the page's form needs, so the first time renews it.
      await page.clock.fastForward(6000);
      await page.getByText("Nothing was asked").waitFor();
      faults = faults.filter((fault) => !fault.includes("403"));
      await page.clock.fastForward(6000);
      await heading("The device has its token");
      expect(barriers).toEqual([]);
      expect(await page.locator(".right").count()).toBeGreaterThan(3);
    });

    it("shows a token and a refusal without barriers", async () => {
      await openPage();
      await visit("/playground?contract=weavr");
      await press("Send the request");
      await heading("Token");
      const barriers = await findBarriersInViews();
      await page.getByLabel("api-key").fill("wrong");
      await press("Send the request");
      await page.getByText("What it means").waitFor();
      expect([...barriers, ...(await findBarriersInViews())]).toEqual([]);
    });
  });

  describeWithChromium("the sandbox", () => {
    const ask = () =>
      fetch(`${server.polymint.url}${tokenPaths.abbeycross}`, {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json" },
      });

    it("shows what comes while it is open, keeps open what a person has opened, and is usable by keyboard", async () => {
      await ask();
      await server.polymint.always("abbeycross", { refusal: "throttled", clientId: "a-client" });
      await openPage();
      await page.clock.install();
      await visit("/sandbox");
      await page.getByLabel("Contract or service").selectOption("abbeycross");
      await page.getByRole("button", { name: "Show" }).focus();
      await page.keyboard.press("Enter");
      await heading("Requests for abbeycross");
      await page.locator("summary").first().focus();
      await page.keyboard.press("Enter");
      const opened = page.locator("details[open]");
      const [id, before] = [await opened.getAttribute("id"), await page.locator("summary").count()];
      await ask();
      await page.clock.fastForward(2100);
      await page.locator(`#live details:nth-of-type(2)#${id ?? ""}[open]`).waitFor();
      expect(await page.locator("summary").count()).toBe(before + 1);
      expect(await page.evaluate("document.activeElement.parentElement.id")).toBe(id);
      expect(await findBarriersInViews()).toEqual([]);
      // What an exchange has is whole at 320 pixels, with nothing to scroll sideways.
      const wide = `[...document.querySelectorAll("details[open] pre")].map((each) => each.scrollWidth - each.clientWidth)`;
      expect(await page.evaluate(wide)).toEqual([0, 0]);
      await server.polymint.clearFaults();
    });
  });
}
