import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { Agent, get as getOverTls } from "node:https";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import express, { type Express, type Response } from "express";
import { type Connections, makeConnections } from "../../src/server/connections";
import type { CutOffReason } from "../../src/server/connection-slots";
import { makeProcessMetrics } from "../../src/telemetry/metrics/process-metrics";
import { close, listen, makeServer, makeTlsServer } from "../../src/server/http-server";
import { makeServerIdentity } from "../harness/certificates";
import { connectRaw, type RawConnection, sendRaw } from "../harness/raw-http";

const most = 40;
/** Sweeps that are not waited for. */
const soon = { sweepMs: 20 };
const never = { sweepMs: 2 ** 31 - 1 };
const get = "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";
const post = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345";

let server: Server;
let stop: () => Promise<void>;
let held: RawConnection[];
beforeEach(() => {
  held = [];
  unanswered = [];
});
afterEach(async () => {
  held.forEach((connection) => connection.destroy());
  await stop();
});

/** Who asked for `/slow` and has no answer yet. */
let unanswered: Response[] = [];

async function begun(count: number): Promise<void> {
  while (unanswered.length < count) await sleep(10);
}

function answerAll(): void {
  for (const response of unanswered.splice(0)) response.json({ slow: true });
}

const large = Buffer.alloc(64 * 1024);
let begunLarge = 0;

/** An app that reads bodies, and takes its time for `/slow`. */
function app(): Express {
  return express()
    .use(express.raw({ type: () => true }))
    .get("/slow", (_request, response) => void unanswered.push(response))
    .get("/large", (_request, response) => {
      begunLarge += 1;
      response.end(large);
    })
    .use("/echo", ({ method, url, body }, response) => response.json([method, url, String(body ?? "").length]))
    .use((_request, response) => response.json({ slow: false }));
}

async function serve(connections: Connections): Promise<string> {
  return listening(makeServer(app(), { connections }));
}

async function listening(made: Server): Promise<string> {
  server = made;
  const port = await listen(server, "127.0.0.1", 0);
  stop = () => close(server, 100);
  return `http://127.0.0.1:${port}`;
}

async function hold(url: string, count: number, bytes: string): Promise<void> {
  const made = await Promise.all(Array.from({ length: count }, () => connectRaw(url)));
  made.forEach((connection) => connection.send(bytes));
  held.push(...made);
  await sleep(100);
}

const isServed = (url: string): Promise<boolean> =>
  sendRaw(url, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").then(
    ({ status }) => status === 200,
    () => false,
  );

/** Room for as many as the real one, but nobody's place is ever taken. */
function firstComeFirstServed(): Connections {
  const real = makeConnections({ maxConnections: Infinity, ...never });
  return {
    ...real,
    attachTo: (server) => {
      real.attachTo(server);
      server.maxConnections = most;
    },
  };
}

const attacks: readonly [string, string][] = [
  ["say nothing", ""],
  ["send headers without end", "GET / HTTP/1.1\r\nX-"],
  ["send a body without end", post],
  ["come back for nothing after an answer", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
];

describe.each(attacks)("many who %s", (_what, bytes) => {
  it("lose their places to newcomers", async () => {
    const url = await serve(makeConnections({ maxConnections: most }));
    await hold(url, 3 * most, bytes);
    for (let round = 0; round < 5; round += 1) expect(await isServed(url)).toBe(true);
  });

  it("would keep newcomers out if places were kept", async () => {
    const url = await serve(firstComeFirstServed());
    await hold(url, 3 * most, bytes);
    expect(await isServed(url)).toBe(false);
  });
});

it("whoever is owed an answer keeps their place and gets it, and newcomers have to wait", async () => {
  const url = await serve(makeConnections({ maxConnections: most }));
  await hold(url, most, get);
  await begun(most);
  expect(await isServed(url)).toBe(false);
  answerAll();
  const answers = await Promise.all(held.map((connection) => connection.answer()));
  expect(answers.map((answer) => answer?.body)).toEqual(answers.map(() => '{"slow":true}'));
  expect(await isServed(url)).toBe(true);
});

it("who has waited longest goes first", async () => {
  const url = await serve(makeConnections({ maxConnections: 3 }));
  await hold(url, 1, "");
  await hold(url, 1, "GET / HTTP/1.1\r\nX-");
  await hold(url, 1, "");
  held[0]?.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  expect((await held[0]?.answer())?.status).toBe(200);
  const second = await connectRaw(url);
  held.push(second);
  await held[1]?.closed;
  second.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  expect((await second.answer())?.status).toBe(200);
  held[0]?.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  expect((await held[0]?.answer())?.status).toBe(200);
});

describe("those who do not take their answers", () => {
  /** 26 MB, more than any system takes off our hands. */
  const greedy = "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(400);
  const few = 4;

  async function holdUnread(url: string): Promise<void> {
    const made = await Promise.all(Array.from({ length: few }, () => connectRaw(url)));
    held.push(...made);
    for (const connection of made) {
      connection.stopReading();
      connection.send(greedy);
    }
    for (let before = -1; before < begunLarge; await sleep(200)) before = begunLarge;
  }

  it("lose their places to newcomers", async () => {
    const url = await serve(makeConnections({ maxConnections: few, ...soon }));
    await holdUnread(url);
    for (let round = 0; round < 5; round += 1) expect(await isServed(url)).toBe(true);
  });

  it("lose them in the end if nobody wants them", async () => {
    const reasons: CutOffReason[] = [];
    const url = await serve(makeConnections({ ...soon, onCutOff: (why) => void reasons.push(why) }));
    await holdUnread(url);
    while ((await connectionsOf(server)) > 0) await sleep(20);
    expect(reasons).toEqual(Array.from({ length: few }, () => "not_reading"));
  });

  it("would keep newcomers out for good if an answer that is owed were reason enough", async () => {
    const url = await serve(makeConnections({ maxConnections: few, ...never }));
    await holdUnread(url);
    expect(await isServed(url)).toBe(false);
  });

  it("but take them, if slowly, get all of them", async () => {
    const { port } = new URL(await serve(makeConnections(soon)));
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(greedy));
    let taken = 0;
    for await (const chunk of socket) {
      taken += (chunk as Buffer).length;
      await sleep(1);
      if (taken > 400 * large.length) break;
    }
    expect(taken).toBeGreaterThan(400 * large.length);
  });
});

const connectionsOf = (counted: Server): Promise<number> =>
  new Promise((resolve) => void counted.getConnections((_error, count) => resolve(count)));

describe("requests sent without waiting", () => {
  const thousand = get.repeat(1_000);

  /** @returns how many of a thousand are being answered at once */
  async function atOnce(made: Server): Promise<number> {
    const connection = await connectRaw(await listening(made));
    held.push(connection);
    connection.send(thousand);
    await begun(1);
    await sleep(100);
    return unanswered.length;
  }

  it("are begun one after the other, however many there are", async () => {
    expect(await atOnce(makeServer(app(), { connections: makeConnections() }))).toBe(1);
    answerAll();
    await begun(1);
    expect(unanswered).toHaveLength(1);
    answerAll();
  });

  it("would all be begun by a server that does not look", async () => {
    expect(await atOnce(createServer(app() as unknown as RequestListener))).toBe(1_000);
  });

  it("make room for a newcomer after an answer: nobody keeps their place by asking ahead", async () => {
    const url = await serve(makeConnections({ maxConnections: 4 }));
    await hold(url, 4, get.repeat(3));
    await begun(4);
    expect(await isServed(url)).toBe(false);
    answerAll();
    await begun(3);
    expect(await isServed(url)).toBe(true);
    const answers = await Promise.all(held.map((connection) => connection.answer()));
    expect(answers.map((answer) => answer?.body)).toEqual(answers.map(() => '{"slow":true}'));
    answerAll();
  });

  /** Of every kind, and what must come of it. */
  const kinds: readonly [string, readonly [string, string, number]][] = [
    ["GET /echo/a HTTP/1.1\r\nHost: a\r\n\r\n", ["GET", "/a", 0]],
    ["GET /echo/u HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", ["GET", "/u", 0]],
    [`POST /echo/b?c=d HTTP/1.1\r\nHost: a\r\nX-Name: \xe4\r\nContent-Length: 3000\r\n\r\n${"b".repeat(3000)}`, ["POST", "/b?c=d", 3000]],
    [
      "POST /echo/c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3;x=y\r\ntwo\r\n0\r\nT: t\r\n\r\n",
      ["POST", "/c", 6],
    ],
    [`POST /echo/h HTTP/1.1\r\n${"X: y\r\n".repeat(1500)}Host: a\r\nContent-Length: 9\r\n\r\nGET / HTT`, ["POST", "/h", 9]],
  ];
  const asked = Array.from({ length: 60 }, (_, at) => kinds[(at * 7 + (at >> 3) + 1) % kinds.length] ?? ["", ["", "", 0]]);
  const bytes = Buffer.from(asked.map(([text]) => text).join(""), "latin1");
  const expected = asked.map(([, answer]) => answer);

  /** In pieces of that size. */
  async function answersTo(socket: Socket, size: number): Promise<unknown[]> {
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    for (let at = 0; at < bytes.length; at += size) {
      socket.write(bytes.subarray(at, at + size));
      if (size < 1_000) await sleep(0);
    }
    const bodies = (): unknown[] => [...text.matchAll(/^\[.*\](?=HTTP|$)/gm)].map(([json]) => JSON.parse(json) as unknown);
    while (bodies().length < asked.length && !socket.destroyed) await sleep(10);
    socket.destroy();
    return bodies();
  }

  it.each([997, 20_000, 10_000_000])("are all answered in their order, in pieces of %i bytes", async (size) => {
    const { port } = new URL(await serve(makeConnections()));
    expect(await answersTo(connect(Number(port), "127.0.0.1"), size)).toEqual(expected);
  });

  it("are so with TLS too", async () => {
    const { cert, key } = await makeServerIdentity();
    const secure = makeTlsServer(app(), { cert, key });
    const port = await listen(secure, "127.0.0.1", 0);
    stop = () => close(secure, 100);
    expect(await answersTo(connectTls({ port, rejectUnauthorized: false }), 10_000_000)).toEqual(expected);
  });
});

describe("a tunnel that somebody asks for", () => {
  const tunnel = "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n";

  /** Whether others are served after many have asked for one and crashed. */
  async function survives(url: string): Promise<boolean> {
    for (let turn = 0; turn < 20; turn += 1) {
      const connection = await connectRaw(url);
      connection.send(tunnel);
      if (turn % 2 === 0) await connection.answer();
      connection.send("x".repeat(10_000));
      connection.reset();
      await connection.closed;
    }
    return isServed(url);
  }

  /** The address of a server in a process of its own. */
  async function apart(words: readonly string[]): Promise<string> {
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
    stop = async () => void child.kill();
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    return `http://127.0.0.1:${Number(String(port))}`;
  }

  it("can be reset without harm to others", async () => {
    expect(await survives(await apart(["--import", "tsx", join(__dirname, "edge-server.ts")]))).toBe(true);
  });

  it("would end the process if nobody listened for errors", async () => {
    const script = `require("node:http").createServer((_, response) => response.end())
      .on("connect", (_, socket) => socket.end("HTTP/1.1 501 Not Implemented\\r\\nContent-Length: 0\\r\\n\\r\\n"))
      .listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;
    expect(await survives(await apart(["-e", script])).catch(() => false)).toBe(false);
  });

  /** How many connections are left a while after they were told that there is none. */
  async function leftOpen(connections: Connections): Promise<number> {
    const { port } = new URL(await serve(connections));
    // Who never hangs up.
    const sockets = [tunnel, "noise\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 9\r\n\r\n"].map((bytes) => {
      const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true }, () => socket.write(bytes));
      return socket.on("error", () => undefined).resume();
    });
    await Promise.all(sockets.map((socket) => once(socket, "end")));
    await sleep(500);
    const left = await connectionsOf(server);
    for (const socket of sockets) socket.destroy();
    return left;
  }

  it("is not held open by who asked, nor are the connections of others who were told off", async () => {
    expect(await leftOpen(makeConnections(soon))).toBe(0);
  });

  it("would be if nobody looked after it", async () => {
    expect(await leftOpen(makeConnections(never))).toBe(3);
  });
});

it("what is refused and who is cut off is counted, in as many series as there are causes", async () => {
  const { registry, observer: watch } = makeProcessMetrics();
  const connections = makeConnections({ maxConnections: 1, onCutOff: watch.onCutOff });
  const url = await listening(makeServer(app(), { connections, onProtocolError: watch.onProtocolError }));
  await hold(url, 3, "");
  for (const bytes of ["noise\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nExpect: b\r\n\r\n"])
    await sendRaw(url, bytes);
  await hold(url, 1, get);
  await begun(1);
  expect(await isServed(url)).toBe(false);
  const counts = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values.map(({ labels, value }) => [labels, value]);
  expect(await counts("polymint_broken_requests_total")).toEqual([
    [{ status: 400 }, 2],
    [{ status: 417 }, 1],
  ]);
  expect(await counts("polymint_connections_cut_off_total")).toEqual([
    [{ reason: "displaced" }, expect.any(Number)],
    [{ reason: "no_room" }, 1],
  ]);
});

describe("a broken request behind a good one that is still being answered", () => {
  const both = `${get}noise\r\n\r\n`;

  it("is answered after it", async () => {
    const connection = await connectRaw(await serve(makeConnections({ maxConnections: most })));
    connection.send(both);
    await begun(1);
    // The broken one was read with it.
    await sleep(100);
    answerAll();
    expect([(await connection.answer())?.body, (await connection.answer())?.status]).toEqual(['{"slow":true}', 400]);
  });

  it("would take its answer's place if nobody looked", async () => {
    const connection = await connectRaw(await serve({ ...makeConnections(), sendFinal: (_socket, say) => say() }));
    connection.send(both);
    expect((await connection.answer())?.status).toBe(400);
  });
});

describe("a server that is closed while it owes an answer", () => {
  /** @returns the answer, if there was one */
  async function closedBy(closing: () => unknown): Promise<string | undefined> {
    const connection = await connectRaw(await serve(makeConnections({ maxConnections: most })));
    connection.send(get);
    await begun(1);
    closing();
    await sleep(100);
    answerAll();
    return (await connection.answer())?.body;
  }

  it("gives it", async () => {
    expect(await closedBy(() => close(server, 5_000))).toBe('{"slow":true}');
  });

  it("would owe it for ever if it cut everybody off", async () => {
    expect(await closedBy(() => server.closeAllConnections())).toBeUndefined();
  });
});

describe("behind TLS", () => {
  /** The status of an answer over a connection that is kept, or 0. */
  const statusOf = (port: number, ca: string): Promise<number> =>
    new Promise((resolve) => {
      getOverTls({ host: "localhost", port, ca, agent: new Agent({ keepAlive: true }) }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode ?? 0));
      }).on("error", () => resolve(0));
    });

  it("those who shake no hands, and those who are idle, lose their places too", async () => {
    const { ca, cert, key } = await makeServerIdentity();
    const secure = makeTlsServer(app(), { cert, key }, { connections: makeConnections({ maxConnections: 10 }) });
    const port = await listen(secure, "127.0.0.1", 0);
    stop = () => close(secure, 100);
    await hold(`http://127.0.0.1:${port}`, 30, "");
    const statuses = [];
    for (let caller = 0; caller < 30; caller += 1) statuses.push(await statusOf(port, ca));
    expect(statuses).toEqual(statuses.map(() => 200));
  });
});
