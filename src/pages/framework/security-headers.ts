import { styleSource } from "./style";

/**
 * What every page tells the browser: run nothing, fetch nothing, show it in no frame, tell nobody where you come from, and
 * keep no copy (OWASP Secure Headers; RFC 9700 §4.2.4, §4.16).
 * @param formAction sources beside our own that a form may end in
 */
export function securityHeaders(issuer: string, formAction: readonly string[] = []): Record<string, string> {
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
    ...(issuer.startsWith("https:") ? { "Strict-Transport-Security": "max-age=31536000" } : {}),
  };
}

/**
 * The source that allows a form to end at a client: Chromium holds redirects after a form to `form-action` as well. A host
 * that the grammar of sources has no form for (an IPv6 address) is allowed by its scheme.
 */
export function formActionOf(redirectUri: string): string[] {
  if (!URL.canParse(redirectUri)) return [];
  const { protocol, host } = new URL(redirectUri);
  return [/^https?:$/.test(protocol) && /^[a-z0-9.-]+(:\d+)?$/.test(host) ? `${protocol}//${host}` : protocol];
}
