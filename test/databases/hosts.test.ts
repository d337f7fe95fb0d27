/** Several hosts in one URL: which is taken, what a silent one costs, and a failover without a restart. */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { Unavailable } from "../../src/engine/refusal";
import { type Database, openDatabase } from "../../src/store/database";
import { findFirst } from "../../src/store/database/first-found";
import { readRole } from "../../src/store/database/server-role";
import { startPolymint } from "../../src/testkit";
import { rejectionOf } from "../harness/own-database";
import { defaultTimeLimits, makeRequestToken } from "../harness/token-requests";
import { type ClusterServer, type Standby, startPrimary, startStandby } from "./harness/cluster";

const connectTimeoutMs = 1000;
/** Nothing listens there. */
const closed = "127.0.0.1:1";

let primary: ClusterServer;
let standby: Standby;
const opened: Database[] = [];

beforeAll(async () => {
  primary = await startPrimary();
  standby = await startStandby(primary, { synchronous: true });
});
afterEach(() => Promise.all(opened.splice(0).map((database) => database.close())));
afterAll(() => Promise.all([primary.remove(), standby.remove()]));

const hostOf = ({ port }: ClusterServer): string => `127.0.0.1:${port}`;

function open(hosts: readonly string[], query = ""): Database {
  const connection = `postgres://polymint@${hosts.join(",")}/postgres?${query}`;
  const database = openDatabase({ connection, poolMax: 2, connectTimeoutMs, statementTimeoutMs: 800 });
  opened.push(database);
  return database;
}

/** @returns the port of the server that a new pool leads to */
async function findPort(database: Database): Promise<number> {
  const { rows } = await database.query<{ port: number }>({ name: "port", text: "SELECT inet_server_port() AS port" }, []);
  return Number(rows[0]?.port);
}

/** A host that accepts connections and says nothing, as a frozen one does. @param onSocket what it does instead */
async function makeSilentHost(
  onSocket: (socket: Socket) => void = () => undefined,
): Promise<{ host: string; accepted: () => number; open: () => number; close: () => void }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  const open = (): number => sockets.filter(({ closed }) => !closed).length;
  return { host: `127.0.0.1:${port}`, accepted: () => sockets.length, open, close };
}

describe("a URL with several hosts", () => {
  it("leads to the first that takes writes, and target_session_attrs says what else is wanted", async () => {
    const both = [hostOf(standby), hostOf(primary)];
    const wanted = { "": primary, any: standby, "read-write": primary, primary, "read-only": standby, standby, "prefer-standby": standby };
    for (const [attrs, { port }] of Object.entries(wanted)) {
      const query = attrs === "" ? "" : `target_session_attrs=${attrs}`;
      expect([attrs, await findPort(open([...both].reverse(), attrs === "any" ? "" : query))]).toEqual([
        attrs,
        attrs === "any" ? primary.port : port,
      ]);
      expect([attrs, await findPort(open(both, query))]).toEqual([attrs, port]);
    }
    expect(await findPort(open([closed, hostOf(primary)], "target_session_attrs=prefer-standby"))).toBe(primary.port);
    expect(await findPort(open([closed, hostOf(primary)], "load_balance_hosts=random"))).toBe(primary.port);
  });

  it("may have one port for all, and names with several addresses", async () => {
    // localhost is ::1 and 127.0.0.1 on most machines; the servers listen on the second only.
    expect(await findPort(open([], `host=${encodeURIComponent("/nowhere")},localhost&port=${primary.port}`))).toBe(primary.port);
  });

  it("is unreachable, with what is wrong at each of them, if none is as wanted", async () => {
    const reason = await rejectionOf(open([closed, hostOf(standby)]).ping());
    expect(reason).toBeInstanceOf(Unavailable);
    expect((reason as Unavailable).message).toMatch(
      /none of 2 servers can be used: 127\.0\.0\.1:1: connect ECONNREFUSED.*; 127\.0\.0\.1:\d+: the server is a standby, and target_session_attrs is read-write/,
    );
  });

  it("with one host leads to it even if it takes no writes", async () => {
    expect(await findPort(open([hostOf(standby)]))).toBe(standby.port);
  });

  it("leads past a silent host within a request's time, and begins with the good one from then on", async () => {
    const silent = await makeSilentHost();
    try {
      const database = open([silent.host, hostOf(primary)]);
      const beganAt = performance.now();
      await database.ping();
      expect(performance.now() - beganAt).toBeLessThan(connectTimeoutMs / 2);
      // A transaction holds the first connection, so that the pool makes another.
      await database.transaction(() => database.ping());
      expect(silent.accepted()).toBe(1);
    } finally {
      silent.close();
    }
  });

  it("of which none can be used is searched once for all who wait", async () => {
    const broken = await Promise.all([makeSilentHost((socket) => socket.end()), makeSilentHost((socket) => socket.end())]);
    try {
      const database = open(broken.map(({ host }) => host));
      const reasons = await Promise.all(Array.from({ length: 20 }, () => rejectionOf(database.ping())));
      expect(reasons.every((reason) => reason instanceof Unavailable)).toBe(true);
      expect(broken.map(({ accepted }) => accepted())).toEqual([1, 1]);
    } finally {
      for (const { close } of broken) close();
    }
  });

  it("leaves no connection to a host that falls silent before it has said what it is", async () => {
    // AuthenticationOk and ReadyForQuery (PostgreSQL documentation, 54.7), as from a pooler, which tells no role.
    const greeting = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);
    const silent = await makeSilentHost((socket) => void socket.once("data", () => socket.write(greeting)).resume());
    try {
      await open([silent.host, hostOf(primary)], "sslmode=disable").ping();
      await sleep(50);
      expect([silent.accepted(), silent.open()]).toEqual([1, 0]);
    } finally {
      silent.close();
    }
  });

  it("takes what is second best after half of the time, if the better ones are silent", async () => {
    const silent = await makeSilentHost();
    try {
      expect(await findPort(open([silent.host, hostOf(primary)], "target_session_attrs=prefer-standby"))).toBe(primary.port);
    } finally {
      silent.close();
    }
  });

  it("takes what is second best at once, if nothing else is left", async () => {
    const poor = async () => ({ value: "standby", isSecondBest: true });
    const late = new Promise((resolve) => setTimeout(resolve, 200, "late").unref());
    const found = findFirst([poor, poor, poor], { timeoutMs: 10_000, patienceMs: 1_000, discard: () => undefined });
    expect(await Promise.race([found, late])).toBe("standby");
  });

  it("(control) would give up at a silent host without the patience that ends before the time", async () => {
    const never = () => new Promise<never>(() => undefined);
    const soon = async () => ({ value: "found", isSecondBest: false });
    const limits = { timeoutMs: 100, discard: () => undefined };
    expect(await findFirst([never, soon], { ...limits, patienceMs: 20 })).toBe("found");
    expect(await rejectionOf(findFirst([never, soon], { ...limits, patienceMs: 1000 }))).toBeInstanceOf(AggregateError);
  });

  it("asks a standby again that becomes the primary while another host is silent", async () => {
    let asked = 0;
    const promoted = async () => {
      asked += 1;
      if (asked === 1) throw new Error("a standby");
      return { value: "found", isSecondBest: false };
    };
    const never = () => new Promise<never>(() => undefined);
    expect(await findFirst([never, promoted], { patienceMs: 20, timeoutMs: 1000, discard: () => undefined })).toBe("found");
  });

  it("asks a server that does not report its role, as before PostgreSQL 14 and behind a pooler", async () => {
    for (const [{ url }, isStandby] of [[primary, false] as const, [standby, true] as const]) {
      const client = new Client({ connectionString: url });
      await client.connect();
      const role = await readRole(client as unknown as Parameters<typeof readRole>[0], new Map());
      await client.end();
      expect(role).toEqual({ inRecovery: isStandby, readOnly: isStandby });
    }
  });
});

describe("a failover", () => {
  it.each(["kill", "freeze"] as const)("by %s of the primary needs no restart: tokens are given again within seconds", async (how) => {
    const [old, next] = how === "kill" ? [primary, standby] : [standby as ClusterServer, await startStandby(standby)];
    const polymint = await startPolymint({
      ...defaultTimeLimits,
      databaseUrl: `postgres://polymint@${hostOf(old)},${hostOf(next)}/postgres`,
    });
    try {
      const requestToken = await makeRequestToken(polymint);
      expect((await requestToken("abbeycross")).status).toBe(200);
      const beganAt = performance.now();
      if (how === "kill") await old.end("SIGKILL");
      else old.freeze();
      await next.promote();
      const promotedAt = performance.now();
      const statuses = new Set<number>();
      for (;;) {
        const { status } = await requestToken("abbeycross");
        if (status === 200) break;
        statuses.add(status);
        await sleep(20);
      }
      const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(2);
      process.stdout.write(
        `failover by ${how}: tokens ${seconds(promotedAt)} s after the promotion, ${seconds(beganAt)} s after the fault\n`,
      );
      expect([...statuses].filter((status) => status !== 503)).toEqual([]);
      expect(performance.now() - promotedAt).toBeLessThan(3000);
    } finally {
      if (how === "freeze") old.thaw();
      await polymint.stop().catch(() => undefined);
      if (how === "freeze") await next.remove();
    }
  });
});
