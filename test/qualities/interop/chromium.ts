import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { callback } from "./interop-server";

/** Path of Chromium: CHROMIUM or the usual places. Undefined if there is none. */
export const chromiumPath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);

/** Arguments under which Chromium makes no request of its own. */
export const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts a headless Chromium. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath ?? "", headless: true, args: quiet });
}

/**
 * Opens a page without JavaScript, since the pages must not need any. It accepts the test server's certificate and gets an answer at the
 * client's redirect URI.
 */
export async function openPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false });
  await context.route(`${callback}**`, (route) => route.fulfill({ contentType: "text/plain", body: "back at the application" }));
  return context.newPage();
}
