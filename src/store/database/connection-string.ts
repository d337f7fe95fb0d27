import { noTls, readTls, type TlsTarget } from "./tls-target";

/** Which servers a connection may lead to (PostgreSQL documentation, 32.1.2). */
export type TargetSessionAttrs = (typeof sessionAttrs)[number];

/** One of the hosts of a URL. What is undefined is left to the driver: PGHOST or localhost, PGPORT or 5432. */
export interface Host {
  /** A name, an address, or the folder of a Unix socket. */
  host: string | undefined;
  port: number | undefined;
}

/** Where a database is, and how to connect to it. */
export interface ConnectionTarget {
  /** In the order in which they are tried; at least one. */
  hosts: readonly Host[];
  /** Undefined: read-write with several hosts; with one, whatever it is, but an address that takes writes first. */
  targetSessionAttrs: TargetSessionAttrs | undefined;
  /** Whether the hosts are tried in random order. */
  shuffled: boolean;
  tls: TlsTarget;
  /** The rest, for `pg`. */
  parameters: Readonly<Record<string, unknown>>;
  /** What the URL says that has another effect than in libpq, a sentence each. */
  notes: readonly string[];
}

/** Faults of a URL, each to be read after "must". They repeat nothing that may be part of a password. */
export class ConnectionStringError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`the URL of the database must ${faults.join(", and ")}`);
    this.name = "ConnectionStringError";
  }
}

const sessionAttrs = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] as const;
/** Parameters of libpq for `pg`, and what `pg` calls them. */
const driverNames: Readonly<Record<string, string>> = {
  user: "user",
  password: "password",
  dbname: "database",
  application_name: "application_name",
  fallback_application_name: "fallback_application_name",
  client_encoding: "client_encoding",
  options: "options",
};
const ownNames = ["host", "port", "target_session_attrs", "load_balance_hosts", "channel_binding"];
const tlsNames = ["sslmode", "ssl", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslnegotiation"];
/** Without them a connection is no less safe. `uselibpqcompat` is of `pg`; what it asks for is done anyway. */
const idleNames = ["connect_timeout", "tcp_user_timeout", "gssencmode", "krbsrvname", "sslcompression", "sslsni", "uselibpqcompat"];
const knownNames = new Set([...Object.keys(driverNames), ...ownNames, ...tlsNames, ...idleNames]);

/**
 * Reads the URL of a database as libpq does (PostgreSQL documentation, 32.1.1.2), with several hosts.
 * @throws ConnectionStringError with every fault
 */
export function parseConnectionString(text: string): ConnectionTarget {
  const [, authority, path = "", query = ""] = /^postgres(?:ql)?:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(text) ?? [];
  if (authority === undefined) throw new ConnectionStringError(["be a postgres:// URL"]);
  const faults: string[] = [];
  // It is more likely the rest of a password than the name of a database, and names are shown.
  if (/[@/]/.test(path)) faults.push("have special characters in its user name, password and database percent-encoded");
  const decode = (part: string): string => decodePart(part, faults);
  const at = authority.lastIndexOf("@");
  const [user = "", ...password] = authority.slice(0, Math.max(at, 0)).split(":");
  const credentials = { user: decode(user), password: decode(password.join(":")), dbname: decode(path) };
  const given = Object.fromEntries(Object.entries(credentials).filter(([, value]) => value !== ""));
  const parameters: Readonly<Record<string, string | undefined>> = { ...given, ...readQuery(query, decode, faults) };
  const target: ConnectionTarget = {
    hosts: readHosts(authority.slice(at + 1), parameters, decode, faults),
    targetSessionAttrs: readChoice(parameters, "target_session_attrs", sessionAttrs, faults),
    shuffled: readChoice(parameters, "load_balance_hosts", ["disable", "random"] as const, faults) === "random",
    tls: readTls(parameters, faults),
    parameters: readDriverParameters(parameters, faults),
    notes: listNotes(parameters),
  };
  if (faults.length > 0) throw new ConnectionStringError([...new Set(faults)]);
  return target;
}

/** @returns one host, without TLS, whatever it is */
export function makeTarget(host: Host, parameters: Readonly<Record<string, unknown>>): ConnectionTarget {
  return { hosts: [host], targetSessionAttrs: "any", shuffled: false, tls: noTls, parameters, notes: [] };
}

/** @returns the URL with parameters that it does not have yet; those that are undefined are left out */
export function addParameters(url: string, more: Readonly<Record<string, string | undefined>>): string {
  const says = (name: string): boolean => url.includes(`?${name}=`) || url.includes(`&${name}=`);
  // `ssl=true` means sslmode=require, which a default must not weaken.
  const has = (name: string): boolean => says(name) || (name === "sslmode" && says("ssl"));
  return Object.entries(more).reduce(
    (whole, [name, value]) =>
      value === undefined || has(name) ? whole : `${whole}${whole.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(value)}`,
    url,
  );
}

/** @returns the host and the port for people; an IPv6 address in brackets */
export function formatHost({ host = "localhost", port = 5432 }: Host): string {
  if (host.startsWith("/")) return host;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function decodePart(part: string, faults: string[]): string {
  try {
    return decodeURIComponent(part);
  } catch {
    faults.push("have a percent sign only before two hexadecimal digits; a percent sign in a password is written %25");
    return "";
  }
}

function readQuery(query: string, decode: (part: string) => string, faults: string[]): Record<string, string> {
  if (query.includes("@")) {
    faults.push("have a question mark and an @ in its user name and password percent-encoded, as %3F and %40");
    return {};
  }
  const parts = query.split("&").filter((part) => part !== "");
  const pairs = parts.filter((part) => part.includes("="));
  if (pairs.length < parts.length) faults.push("have parameters of the form name=value, separated by &");
  const parameters = pairs.map((pair) => {
    const [name = "", ...value] = pair.split("=");
    return [name, decode(value.join("="))] as const;
  });
  const unknown = parameters.map(([name]) => name).filter((name) => !knownNames.has(name));
  // A name of another form could be part of a password with a question mark.
  const shown = unknown.map((name) => (/^[a-z_]{1,40}$/.test(name) ? name : "of an unknown name"));
  if (shown.length > 0) faults.push(`have no parameter ${shown.join(" or ")}; these are known: ${listNames()}`);
  return Object.fromEntries(parameters);
}

function listNames(): string {
  return [...knownNames].filter((name) => name !== "ssl" && name !== "uselibpqcompat").join(", ");
}

function readHosts(
  authority: string,
  parameters: Readonly<Record<string, string | undefined>>,
  decode: (part: string) => string,
  faults: string[],
): Host[] {
  const written = authority.split(",").map((each) => splitPort(each, faults));
  const hosts = parameters.host?.split(",").map((host) => stripBrackets(host.trim())) ?? written.map(({ host }) => decode(host));
  const ports = parameters.port?.split(",").map((port) => port.trim()) ?? written.map(({ port }) => port);
  // libpq: one port is for all hosts, else each has its own.
  if (ports.length !== 1 && ports.length !== hosts.length)
    faults.push(`have one port, or one for each of its hosts (${hosts.length} hosts, ${ports.length} ports)`);
  return hosts.map((host, index) => {
    const port = ports[ports.length === 1 ? 0 : index] ?? "";
    const isPort = /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
    if (port !== "" && !isPort)
      faults.push("have ports from 1 to 65535, and special characters in its user name and password percent-encoded");
    return { host: host === "" ? undefined : host, port: isPort ? Number(port) : undefined };
  });
}

/** @param text `host`, `host:port`, `[IPv6]` or `[IPv6]:port` */
function splitPort(text: string, faults: string[]): { host: string; port: string } {
  const end = text.startsWith("[") ? text.indexOf("]") + 1 : 0;
  const [more = "", port = "", ...others] = text.slice(end).split(":");
  if ((text.startsWith("[") && (end === 0 || more !== "")) || others.length > 0)
    faults.push("have hosts of the form host:port, and IPv6 addresses in brackets");
  return { host: end === 0 ? more : text.slice(1, end - 1), port };
}

function stripBrackets(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** @returns the value of a parameter that has only some */
export function readChoice<T extends string>(
  parameters: Readonly<Record<string, string | undefined>>,
  name: string,
  choices: readonly T[],
  faults: string[],
): T | undefined {
  const value = parameters[name];
  const chosen = choices.find((choice) => choice === value);
  if (value !== undefined && chosen === undefined) faults.push(`have as ${name} one of ${choices.join(", ")}`);
  return chosen;
}

function readDriverParameters(parameters: Readonly<Record<string, string | undefined>>, faults: string[]): Record<string, unknown> {
  const binding = readChoice(parameters, "channel_binding", ["disable", "prefer", "require"] as const, faults) ?? "prefer";
  const own = Object.entries(driverNames).flatMap(([name, driverName]) => {
    const value = parameters[name];
    return value === undefined ? [] : [[driverName, value] as const];
  });
  return { ...Object.fromEntries(own), enableChannelBinding: binding !== "disable" };
}

function listNotes(parameters: Readonly<Record<string, string | undefined>>): string[] {
  const notes: string[] = [];
  if (parameters.channel_binding === "require")
    notes.push("channel_binding=require in DATABASE_URL is treated as prefer: it is used where the server offers it.");
  if (parameters.connect_timeout !== undefined)
    notes.push("connect_timeout in DATABASE_URL has no effect: DATABASE_CONNECT_TIMEOUT_MS limits the time for all hosts together.");
  if (parameters.gssencmode === "require") notes.push("gssencmode=require in DATABASE_URL has no effect: there is no GSSAPI encryption.");
  return notes;
}
