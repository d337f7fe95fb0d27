import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import { TLSSocket } from "node:tls";
import type { RequestHandler } from "express";
import { normalizeAddress } from "./trusted-proxies";

const absoluteForm = /^(https?:\/\/[^/?#]*)([/?#].*)?$/is;
/** A host and maybe a port, without user information. */
const authorityForm = /^[a-z]+:\/\/[\w.~-]+(?::\d{1,5})?$|^[a-z]+:\/\/\[[\da-f:.]+\](?::\d{1,5})?$/i;

/**
 * Makes a handler that turns a target in absolute form into origin form, as a server must accept it (RFC 9112 §3.2.2), if it
 * names this server. A target of another host stays as it is and is refused later, because this server is no proxy.
 * @param urls addresses by which clients call this server, beside the address of the connection itself
 */
export function makeTargetReader(urls: readonly string[]): RequestHandler {
  const origins = new Set(urls.map((url) => new URL(url).origin));
  return (request, _response, next) => {
    const [, named = "", rest = ""] = request.url.startsWith("/") ? [] : (absoluteForm.exec(request.url) ?? []);
    const origin = authorityForm.test(named) && URL.canParse(named) ? new URL(named).origin : undefined;
    if (origin === undefined || !(origins.has(origin) || listConnectionOrigins(request).includes(origin))) return next();
    request.url = rest.startsWith("/") ? rest : `/${rest}`;
    // The target names the host, whatever the header says (RFC 9112 §3.2.2).
    request.headers.host = new URL(named).host;
    // Express has copied the target before; the validator reads the copy.
    request.originalUrl = request.url;
    next();
  };
}

/** Where metadata are published: what comes before an issuer's path (RFC 8414 §3.1, §5). */
const metadataPath = /^\/\.well-known\/(?:oauth-authorization-server|openid-configuration)(?=\/)/;

/**
 * Makes a handler that finds metadata at the well-known path followed by the path of the issuer, where RFC 8414 §3.1 has them
 * for an issuer with a path.
 */
export function makeInsertedPathReader(issuer: string): RequestHandler {
  const { pathname } = new URL(issuer);
  return (request, _response, next) => {
    const [wellKnown] = metadataPath.exec(request.url) ?? [];
    const rest = wellKnown === undefined ? "" : request.url.slice(wellKnown.length);
    if (wellKnown !== undefined && pathname !== "/" && rest.split("?", 1)[0] === pathname) {
      request.url = `${wellKnown}${rest.slice(pathname.length)}`;
      request.originalUrl = request.url;
    }
    next();
  };
}

/** The address at which the connection arrived, and the name of this machine for itself. */
function listConnectionOrigins({ socket }: IncomingMessage): string[] {
  const scheme = socket instanceof TLSSocket ? "https" : "http";
  const address = normalizeAddress(socket.localAddress ?? "");
  const hosts = [isIPv6(address) ? `[${address}]` : address, ...(address === "127.0.0.1" || address === "::1" ? ["localhost"] : [])];
  return hosts.map((host) => `${scheme}://${host}:${socket.localPort}`).flatMap((url) => (URL.canParse(url) ? [new URL(url).origin] : []));
}

/** Returns the path of a request target, also of one in absolute form (RFC 9112 §3.2). */
export function parsePath(target: string): string {
  const afterAuthority = target.startsWith("/") ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const end = afterAuthority.search(/[?#]/);
  return end < 0 ? afterAuthority : afterAuthority.slice(0, end);
}
