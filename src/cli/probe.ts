import { get as getPlain, type IncomingMessage } from "node:http";
import { get as getTls } from "node:https";
import { text } from "node:stream/consumers";
import type { Config } from "../config";

/** What answers at the address of a server. */
export interface ServerState {
  url: string;
  /** `other` is a program that is no Polymint. */
  state: "ready" | "not_ready" | "unreachable" | "other";
  /** Whether answers can be armed there; null unless a Polymint answers. */
  sandbox: boolean | null;
}

const timeoutMs = 2_000;
/** A server with a sandbox says so in every answer. */
const sandboxHeader = "polymint-sandbox";

/** @returns where a server with this configuration listens, and where it is known to the public */
export function listServerUrls({ host, port, tls, issuer }: Pick<Config, "host" | "port" | "tls" | "issuer">): string[] {
  const own =
    port === undefined && tls !== undefined ? `https://${toReachable(tls.host)}:${tls.port}` : `http://${toReachable(host)}:${port ?? 0}`;
  const { protocol, hostname, port: publicPort } = new URL(issuer);
  const isOwn = hostname === "localhost" && own.startsWith(`${protocol}//`) && own.endsWith(`:${publicPort}`);
  return isOwn ? [own] : [own, issuer];
}

/** An address to connect to, of a server that listens at this one. */
function toReachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

/**
 * Asks a server whether it is ready.
 * @param isOwn it is a listener of this machine, whose certificate need not be known here: nothing secret is sent or believed
 */
export async function probeServer(url: string, isOwn: boolean): Promise<ServerState> {
  try {
    const response = await request(`${url}/health/ready`, isOwn);
    const { status } = JSON.parse(await text(response)) as { status?: unknown };
    const state = status === "ready" || status === "not_ready" ? status : "other";
    return { url, state, sandbox: state === "other" ? null : response.headers[sandboxHeader] === "on" };
  } catch (error) {
    return { url, state: error instanceof SyntaxError ? "other" : "unreachable", sandbox: null };
  }
}

function request(url: string, isOwn: boolean): Promise<IncomingMessage> {
  const options = { timeout: timeoutMs, agent: false, signal: AbortSignal.timeout(timeoutMs) };
  return new Promise((resolve, reject) => {
    const sent = url.startsWith("https:")
      ? getTls(url, { ...options, rejectUnauthorized: !isOwn }, resolve)
      : getPlain(url, options, resolve);
    sent.on("error", reject);
  });
}
