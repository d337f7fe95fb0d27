import { isIP } from "node:net";
import type { Reader, Setting } from "./reader";

/** The listener without TLS. The others have hosts of their own: `TLS_HOST`, `METRICS_HOST`. */
export interface ListenersConfig {
  host: string;
  /** Undefined: there is no listener without TLS. */
  port: number | undefined;
}

export const listenerSettings: readonly Setting[] = [
  { name: "PORT", fallback: "3000", meaning: "TCP port to listen on without TLS; off for none, with TLS_PORT" },
  { name: "HOST", fallback: "127.0.0.1", meaning: "address to listen on; 0.0.0.0 or :: for all" },
];

export function readListeners(read: Reader): ListenersConfig {
  const isOff = read.text("PORT") === "off";
  if (isOff && read.text("TLS_PORT") === undefined)
    read.faults.push("PORT must be a port unless there is TLS_PORT: the server would not listen");
  return {
    host: readHost(read, "HOST", "127.0.0.1"),
    port: isOff ? undefined : read.integer("PORT", 3000, 1, 65_535),
  };
}

/** Reads the address that a listener binds to. */
export function readHost(read: Reader, name: string, fallback: string): string {
  return read.matching(name, fallback, isHost, "an address or host name");
}

/** @returns whether the text may be the address or the name of a host */
export function isHost(text: string): boolean {
  return isIP(text) !== 0 || /^[a-z0-9.-]+$/i.test(text);
}
