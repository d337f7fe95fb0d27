import { styleSource } from "./style";

/**
 * Makes the headers of every page. They tell the browser to run no script, fetch nothing, show the page in no frame, send no
 * referrer and keep no copy (OWASP Secure Headers; RFC 9700 §4.2.4, §4.16).
 * @param formAction sources, beside this server, where redirects after a form may end
 */
export function makeSecurityHeaders(formAction: readonly string[] = []): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `style-src ${styleSource}`,
    `form-action ${["'self'", ...formAction].join(" ")}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
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
