import type { HtmlReply } from "./page";
import { styleSource } from "./style";
import { wideStyleSource } from "./style-wide";

/**
 * Makes the headers of every page. They tell the browser to run no script but those of the page, fetch nothing, show the page in
 * no frame, send no referrer and keep no copy (OWASP Secure Headers; RFC 9700 §4.2.4, §4.16).
 * @param page undefined for a redirect
 */
export function makeSecurityHeaders(page?: HtmlReply): Record<string, string> {
  const { formAction = [], layout, scripts = [], sources = {} } = page ?? {};
  const directives: Readonly<Record<string, readonly string[]>> = {
    "default-src": ["'none'"],
    "script-src": [...scripts.map(({ source }) => source), ...(sources["script-src"] ?? [])],
    "connect-src": scripts.some(({ fetches }) => fetches) ? ["'self'"] : (sources["connect-src"] ?? []),
    "style-src": sources["style-src"] ?? [styleSource, ...(layout === "wide" ? [wideStyleSource] : [])],
    // The icon is part of the page.
    "img-src": ["data:", ...(sources["img-src"] ?? [])],
    "font-src": sources["font-src"] ?? [],
    "form-action": ["'self'", ...formAction],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
  };
  const named = Object.entries(directives).filter(([, list]) => list.length > 0);
  return {
    "Content-Security-Policy": named.map(([name, list]) => [name, ...list].join(" ")).join("; "),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  };
}

/**
 * The source that lets a form end at a client: Chromium applies `form-action` to redirects after a form as well. A host that
 * the grammar of sources cannot express (an IPv6 address) is allowed by its scheme.
 */
export function formActionOf(redirectUri: string): string[] {
  if (!URL.canParse(redirectUri)) return [];
  const { protocol, host } = new URL(redirectUri);
  return [/^https?:$/.test(protocol) && /^[a-z0-9.-]+(:\d+)?$/.test(host) ? `${protocol}//${host}` : protocol];
}
