import type { Logger } from "pino";
import type { Config } from "../config";
import { isLoopback } from "../config/loopback";

/** Where the server accepts connections for the app. */
export interface Listener {
  host: string;
  port: number;
  /** Undefined: connections are not encrypted. */
  tls: Config["tls"];
}

/** Leader and workers name listeners by their index in this list. */
export function listListeners({ host, port, tls }: Pick<Config, "host" | "port" | "tls">): Listener[] {
  const plain = port === undefined ? [] : [{ host, port, tls: undefined }];
  return tls === undefined ? plain : [...plain, { host: tls.host, port: tls.port, tls }];
}

/** Warns of listeners by which secrets and tokens may cross a network in the clear (RFC 6749 §1.6, RFC 8414 §2). */
export function warnOfExposure(config: Pick<Config, "host" | "port" | "tls" | "issuer" | "metrics">, log: Logger): void {
  const reachable = listListeners(config).filter(({ host }) => !isLoopback(host));
  for (const { host, port } of reachable.filter(({ tls }) => tls === undefined))
    log.warn(
      { host, port },
      "Other machines can reach the port without TLS. Set PORT=off or another HOST, unless only a proxy that ends TLS can reach it.",
    );
  const { metrics } = config;
  if (metrics !== undefined && !isLoopback(metrics.host))
    log.warn(
      { host: metrics.host, port: metrics.port },
      "Other machines can reach the port of the metrics, which has no TLS. Set another METRICS_HOST, unless the network keeps its token private.",
    );
  const { protocol, hostname } = new URL(config.issuer);
  if (protocol === "http:" && (reachable.length > 0 || !isLoopback(hostname)))
    log.warn(
      { issuer: config.issuer },
      "The issuer is an http URL, but not of this machine alone. Set ISSUER to the https URL of this server.",
    );
}
