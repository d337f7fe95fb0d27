import { source as axeSource } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromiumPath, launchChromium } from "../qualities/interop/chromium";
import { type PlaygroundServer, startPlayground } from "./playground-server";

const missing = chromiumPath === undefined;
if (missing) process.stderr.write("No Chromium found (Debian: apt-get install chromium, or set CHROMIUM): its cases are skipped.\n");

let server: PlaygroundServer;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  if (missing) return;
  server = await startPlayground({ clock: "real" });
  browser = await launchChromium();
});
afterAll(async () => {
  if (missing) return;
  await browser.close();
  await server.polymint.stop();
});
afterEach(() => context.close());

async function openPage(javaScriptEnabled = true): Promise<Page> {
  context = await browser.newContext({ javaScriptEnabled });
  return context.newPage();
}

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).waitFor();

/** Finds what is not accessible in both colour schemes and at both widths, and whether the page is wider than the window. */
async function findBarriers(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const [colorScheme, width] of [
    ["light", 1280],
    ["dark", 320],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    await page.evaluate(axeSource);
    // As text, since Node's types have no document.
    const barriers = await page.evaluate<string[]>(`axe.run().then(({ violations }) => [
      ...violations.map(({ id }) => id),
      ...(document.documentElement.scrollWidth > window.innerWidth ? ["too wide"] : []),
    ])`);
    found.push(...barriers.map((barrier) => `${pathOf(page)} ${colorScheme} ${width}: ${barrier}`));
  }
  return found;
}

const pathOf = (page: Page) => new URL(page.url()).pathname;

async function logIn(page: Page): Promise<void> {
  const { person } = server.polymint;
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await press(page, "Log in");
}

(missing ? describe.skip : describe)("the playground in Chromium", () => {
  it.each([
    ["with JavaScript", true],
    ["without JavaScript", false],
  ])("leads through the code flow %s, from the first page to verified tokens", async (_case, javaScript) => {
    const page = await openPage(javaScript);
    const barriers: string[] = [];
    const check = async () => javaScript && barriers.push(...(await findBarriers(page)));
    await page.goto(`${server.polymint.url}/playground`);
    await check();
    await page.getByRole("link", { name: "Authorization code" }).click();
    await page.getByLabel("Client id").fill(server.app.id);
    await page.getByLabel("Scope").fill("openid email offline");
    await check();
    await press(page, "Make the authorization request");
    await check();
    await page.getByRole("link", { name: "Go there, to log in and agree" }).click();
    await logIn(page);
    await press(page, "Allow");
    await heading(page, "A code came back");
    await check();
    await page.getByLabel("Client secret").fill(server.app.secret);
    await press(page, "Exchange the code");
    await heading(page, "Tokens for the code");
    await check();
    expect(await page.locator(".wrong").count()).toBe(0);
    expect(await page.locator(".right").allTextContents()).toEqual(expect.arrayContaining(["right: at_hash fits the access token."]));
    await press(page, "Call /userinfo");
    await page.getByText(server.polymint.person.email).waitFor();
    expect(barriers).toEqual([]);
  });

  it("lets a device poll by itself until its person has allowed it", async () => {
    const page = await openPage();
    await page.clock.install();
    await page.goto(`${server.polymint.url}/playground-device`);
    await page.getByLabel("Client id").fill(server.deviceId);
    await press(page, "Begin");
    const userCode = (await page.locator(".usercode").textContent()) ?? "";
    const barriers = await findBarriers(page);
    const other = await context.newPage();
    await other.goto(`${server.polymint.url}/device?user_code=${userCode}`);
    await press(other, "Continue");
    await logIn(other);
    await press(other, "Continue");
    await press(other, "Allow");
    await heading(other, "Your device is connected");
    await page.getByRole("checkbox").check();
    // The login has changed what the page's form needs, so the first time renews it.
    await page.clock.fastForward(6000);
    await page.getByText("Nothing was asked").waitFor();
    await page.clock.fastForward(6000);
    await heading(page, "The device has its token");
    expect([...barriers, ...(await findBarriers(page))]).toEqual([]);
    expect(await page.locator(".right").count()).toBeGreaterThan(3);
  });

  it("shows a refused request and a token without barriers", async () => {
    const page = await openPage();
    await page.goto(`${server.polymint.url}/playground?contract=weavr`);
    const barriers = await findBarriers(page);
    await press(page, "Send the request");
    await heading(page, "Token");
    barriers.push(...(await findBarriers(page)));
    await page.getByLabel("api-key").fill("wrong");
    await press(page, "Send the request");
    await page.getByText("What it means").waitFor();
    expect([...barriers, ...(await findBarriers(page))]).toEqual([]);
  });
});
