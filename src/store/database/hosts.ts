import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type PostgresClient from "knex/lib/dialects/postgres/index.js";
import { Client } from "pg";
import { Unavailable } from "../../engine/refusal";
import { toUnavailable } from "./availability";
import { type ConnectionTarget, formatHost, type Host } from "./connection-string";
import { hasSqlState, readSqlState, sqlState } from "./errors";
import { findFirst, type Found } from "./first-found";
import type { LagLimit } from "./freshness";
import { judgeRole, readRole } from "./server-role";
import { shareSearch } from "./shared-search";
import { withTimeout } from "./timeout";
import { explainTlsFault, makeSslAttempts, type SslOptions, TlsFault } from "./tls";

/** The next host is asked when this one has not answered for so long. */
const patienceMs = 250;

/** A host at one of its addresses, or with the reason why it has none. */
interface Place extends Host {
  address: string | undefined;
  fault?: Error;
}

type Connection = PostgresClient.PooledConnection;

/**
 * Makes a function that connects to the first host that is as wanted: in the order of the URL, every address of a name in turn,
 * and first of all where it was last, because a primary stays where it is until a failover. A host that is silent costs the
 * others no time, because they are asked beside it.
 * @param settings for `pg`, without host, port and TLS
 * @param timeoutMs for all hosts together
 * @param lagLimit of a server that only reads: a host that is too far behind is passed over
 * @returns the function, which throws Unavailable whatever keeps it from connecting
 */
export function makeConnect(
  target: ConnectionTarget,
  settings: Readonly<Record<string, unknown>>,
  timeoutMs: number,
  lagLimit?: LagLimit,
): () => Promise<Connection> {
  const { hosts, shuffled } = target;
  const wanted = target.targetSessionAttrs ?? (hosts.length > 1 ? "read-write" : undefined);
  let last: string | undefined;

  async function open(place: Place, isOnly: boolean, signal: AbortSignal): Promise<Found<Connection>> {
    const name = formatPlace(place);
    lagLimit?.recall(name);
    const { connection, reported } = await openAt(place, target, { ...settings, connectionTimeoutMillis: timeoutMs }, signal);
    try {
      // Nothing is asked where there is nothing to choose.
      const asIs = wanted === "any" || (wanted === undefined && isOnly);
      const judge = async () => {
        const { isSecondBest } = asIs ? { isSecondBest: false } : judgeRole(await readRole(connection, reported), wanted);
        await lagLimit?.checkNew(connection, name);
        if (!isSecondBest) last = name;
        return { value: connection, isSecondBest };
      };
      return await whileWanted(connection, signal, judge);
    } catch (thrown) {
      close(connection);
      throw thrown;
    }
  }

  async function connect(): Promise<Connection> {
    const beganAt = performance.now();
    const found = await findPlaces(shuffled ? shuffle(hosts) : hosts, timeoutMs);
    // With these, the order says more than where to look first.
    const places = shuffled || wanted === "prefer-standby" ? found : putFirst(found, (place) => formatPlace(place) === last);
    const attempts = places.map((place) => (signal: AbortSignal) => open(place, places.length === 1, signal));
    const leftMs = Math.max(timeoutMs - (performance.now() - beganAt), 1);
    const limits = { patienceMs: Math.min(patienceMs, leftMs / (places.length + 1)), timeoutMs: leftMs, discard: close };
    return findFirst(attempts, limits).catch((thrown: unknown) => {
      last = undefined;
      throw joinFaults(places, thrown instanceof AggregateError ? (thrown.errors as unknown[]) : [thrown], target);
    });
  }

  return hosts.length === 1 ? connect : shareSearch(connect, () => last !== undefined);
}

/** A look-up that hangs must leave time for the hosts whose addresses are known. */
async function findPlaces(hosts: readonly Host[], timeoutMs: number): Promise<Place[]> {
  const lookUpMs = hosts.length > 1 ? timeoutMs / 4 : timeoutMs;
  const places = await Promise.all(
    hosts.map(async (host): Promise<Place[]> => {
      const { host: name } = host;
      if (name === undefined || name.startsWith("/") || isIP(name) !== 0) return [{ ...host, address: name }];
      try {
        const found = await withTimeout(
          lookUpMs,
          () => lookup(name, { all: true, order: "verbatim" }),
          () => undefined,
        );
        return found.map(({ address }) => ({ ...host, address }));
      } catch (thrown) {
        return [{ ...host, address: undefined, fault: thrown as Error }];
      }
    }),
  );
  return places.flat();
}

interface Opened {
  connection: Connection;
  /** What the server has reported of its settings. */
  reported: ReadonlyMap<string, string>;
}

/** Connects to one place, with TLS or without as the target says. */
async function openAt(
  place: Place,
  target: ConnectionTarget,
  settings: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<Opened> {
  if (place.fault !== undefined) throw place.fault;
  const attempts = await makeSslAttempts(target.tls, place.host);
  for (const [index, ssl] of attempts.entries()) {
    try {
      return await openOnce(place, { ...settings, ssl, ...(ssl !== false && target.tls.direct && { sslnegotiation: "direct" }) }, signal);
    } catch (thrown) {
      if (index === attempts.length - 1 || !mayBeOfTls(thrown, ssl)) throw thrown;
    }
  }
  throw new Error("there is no way to connect");
}

/** Whether a connection with TLS may fare better than one without it, or the other way round. */
function mayBeOfTls(thrown: unknown, ssl: SslOptions): boolean {
  const isRefused = hasSqlState(thrown, sqlState.invalidAuthorization);
  return isRefused || (ssl !== false && explainTlsFault(thrown, { mode: "prefer" }) !== undefined);
}

async function openOnce({ host, address, port }: Place, settings: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Opened> {
  const client = new Client({ ...settings, ...(address !== undefined && { host: address }), ...(port !== undefined && { port }) });
  // `pg` connects to the address that it was made with, and looks for this name in the password file.
  if (host !== undefined) (client as unknown as { connectionParameters: Host }).connectionParameters.host = host;
  const connection = client as unknown as Connection;
  const reported = new Map<string, string>();
  // As knex does for the connections that it makes: its pool replaces one that has ended.
  const dispose = (reason: unknown): void => void (connection.__knex__disposed = reason ?? "the connection has ended");
  client.on("error", dispose).on("end", () => dispose(undefined));
  connection.connection.on("parameterStatus", ({ parameterName, parameterValue }) => reported.set(parameterName, parameterValue));
  await whileWanted(connection, signal, () => client.connect());
  return { connection, reported };
}

/** Waits for a server, and closes the connection if it is no longer wanted: a frozen server would keep it open. */
async function whileWanted<T>(connection: Connection, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  const abort = (): void => close(connection);
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (signal.aborted) throw new Error("Connection terminated");
    return await ask();
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function close(connection: Connection): void {
  connection.connection.stream.destroy();
}

/** @returns what to tell of a database that no connection can be made to */
function joinFaults(places: readonly Place[], faults: readonly unknown[], { tls }: ConnectionTarget): Unavailable {
  const known = faults.map((fault) => toConnectFault(explainTlsFault(fault, tls) ?? fault));
  const [first] = known;
  if (first !== undefined && known.length === 1) return first;
  const texts = known.map(({ message }, index) => `${formatPlace(places[index] ?? {})}: ${message.replace(/^database: /, "")}`);
  const kind = known.every((fault) => fault.kind === "timed_out") ? "timed_out" : "unreachable";
  // For the command line, which has a cure for some.
  const telling = known.find((fault) => fault.cause instanceof TlsFault || readSqlState(fault) !== undefined);
  const text = `database: none of ${known.length} servers can be used: ${texts.join("; ")}`;
  return new Unavailable("database", kind, text, telling?.cause ?? new AggregateError(faults));
}

/** Whatever it is that keeps this process from connecting, callers can do nothing about it. */
function toConnectFault(fault: unknown): Unavailable {
  const known = toUnavailable(fault);
  if (known instanceof Unavailable) return known;
  return new Unavailable("database", "unreachable", `database: ${(fault as Error).message}`, fault);
}

function formatPlace({ host, port, address }: Partial<Place>): string {
  const name = formatHost({ host, port });
  return address === undefined || address === host ? name : `${name} at ${address}`;
}

function putFirst<T>(items: readonly T[], isFirst: (item: T) => boolean): T[] {
  return [...items.filter(isFirst), ...items.filter((item) => !isFirst(item))];
}

function shuffle<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
