import { readFileSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import type { AxeResults } from "axe-core";
import type { FrontDoorDemo } from "../../src/front-door/options";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { chromiumPath, quiet } from "../qualities/interop/chromium";

const command =
  "curl -sS http://localhost:3000/v1/oauth/token \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"client_id\":\"demo\"}'";
const demo: FrontDoorDemo = {
  secrets: { "demo-abbeycross": "pms_secret" },
  person: { email: "demo@example.com", password: "correct horse" },
  user: { email: "user@example.com", password: "battery staple", identityId: "406223945667704343" },
  commands: [
    { contract: "abbeycross", title: "a token", isFlow: false, text: command },
    { contract: "screening-eagle", title: "an application", isFlow: true, text: "open http://localhost:3000/authorize" },
  ],
};
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const viewed = "/docs?contract=oauth2";
const paths = ["/", "/docs", viewed, "/errors", "/errors?contract=weavr"];

const describeWithChromium = chromiumPath === undefined ? describe.skip : describe;
if (chromiumPath === undefined) process.stderr.write("The pages for integrators are not tested in a browser: there is no Chromium.\n");

describeWithChromium("the front door in Chromium", () => {
  let polymint: TestPolymint;
  let browser: Browser;
  beforeAll(async () => {
    [polymint, browser] = await Promise.all([
      startPolymint({ frontDoor: { demo } }),
      chromium.launch({ executablePath: chromiumPath ?? "", headless: true, args: quiet }),
    ]);
  });
  afterAll(() => Promise.all([browser.close(), polymint.stop()]));

  /** What went wrong in a page: requests that leave the server, and faults that the browser reports, such as those of the policy. */
  const faults: string[] = [];

  async function openPage(options: Parameters<Browser["newContext"]>[0]): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage();
    page.setDefaultTimeout(15_000);
    page.on("request", (request) => {
      if (!request.url().startsWith(polymint.url) && !/^(?:data|blob):/.test(request.url())) faults.push(request.url());
    });
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(error.message));
    return page;
  }

  async function visit(page: Page, path: string): Promise<void> {
    await page.goto(`${polymint.url}${path}`);
    if (path === viewed) await page.locator("h1").filter({ visible: true }).and(page.locator("#viewer h1")).first().waitFor();
  }

  async function listViolations(page: Page): Promise<string[]> {
    await page.evaluate(axe);
    const { violations } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
  }

  it.each(["light", "dark"] as const)(
    "has no fault that axe finds, fits 320 pixels and leaves the origin never, in %s",
    async (colorScheme) => {
      const page = await openPage({ colorScheme });
      for (const path of paths) {
        await visit(page, path);
        for (const width of [1280, 320]) {
          await page.setViewportSize({ width, height: 800 });
          expect([path, width, await listViolations(page)]).toEqual([path, width, []]);
          expect([path, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([path, width]);
        }
      }
      await page.context().close();
      expect(faults).toEqual([]);
    },
  );

  it("finds a fault of contrast and one of a missing label (control)", async () => {
    const page = await openPage({});
    await visit(page, "/errors");
    await page.evaluate(
      "document.querySelector('h1').style.color = '#eee'; document.querySelector('main').append(document.createElement('input'))",
    );
    expect((await listViolations(page)).map((fault) => fault.split(":", 1)[0])).toEqual(
      expect.arrayContaining(["color-contrast", "label"]),
    );
    faults.length = 0;
    await page.context().close();
  });

  it("copies a command and says so, with the keyboard alone", async () => {
    const page = await openPage({ permissions: ["clipboard-read", "clipboard-write"] });
    await visit(page, "/");
    const button = page.getByRole("button", { name: "Copy the command for a token of abbeycross" });
    await button.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("status").filter({ hasText: "Copied the command for a token of abbeycross" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(command);
    await page.locator("summary").first().focus();
    await page.keyboard.press("Enter");
    await page.getByText("open http://localhost:3000/authorize").waitFor();
    await page.context().close();
    expect(faults).toEqual([]);
  });

  it("sends a request of the viewer to this server and shows its answer", async () => {
    const page = await openPage({ viewport: { width: 1280, height: 900 } });
    await visit(page, "/docs?contract=health");
    await page
      .getByRole("button", { name: /Test Request/ })
      .first()
      .click();
    const sent = page.waitForResponse((response) => new URL(response.url()).pathname === "/health/live");
    await page.getByRole("button", { name: /^Send/ }).and(page.locator(":visible")).first().click();
    expect((await sent).status()).toBe(200);
    await page.context().close();
    expect(faults).toEqual([]);
  });

  it("has everything but the viewer and the buttons without JavaScript", async () => {
    const page = await openPage({ javaScriptEnabled: false });
    await visit(page, "/");
    expect(await page.getByRole("button").count()).toBe(0);
    expect(await page.locator("pre").first().textContent()).toBe(command);
    await page.getByRole("link", { name: "Reference of weavr" }).click();
    await page.getByRole("heading", { name: "Polymint, weavr contract" }).waitFor();
    await page.getByRole("link", { name: "423" }).click();
    await page.getByRole("heading", { name: "Errors of weavr" }).waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
