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
import { connectRaw, type RawConnection, sendRaw } from "../../src/contract-suite/raw-http";

const most = 40;
/** A server that checks its readers often. */
const frequentSweeps = { sweepMs: 20 };
/** (control) A server that never checks them. */
const noSweeps = { sweepMs: 2 ** 31 - 1 };
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

/** The requests for `/slow` that are not answered yet. */
let unanswered: Response[] = [];

async function waitForRequests(count: number): Promise<void> {
  while (unanswered.length < count) await sleep(10);
}

function answerAll(): void {
  for (const response of unanswered.splice(0)) response.json({ slow: true });
}

const large = Buffer.alloc(64 * 1024);
let largeRequests = 0;

/** An app that reads bodies, and answers `/slow` only when the test says so. */
function makeSlowApp(): Express {
  return express()
    .use(express.raw({ type: () => true }))
    .get("/slow", (_request, response) => void unanswered.push(response))
    .get("/large", (_request, response) => {
      largeRequests += 1;
      response.end(large);
    })
    .use("/echo", ({ method, url, body }, response) => response.json([method, url, String(body ?? "").length]))
    .use((_request, response) => response.json({ slow: false }));
}

async function serve(connections: Connections): Promise<string> {
  return startServer(makeServer(makeSlowApp(), { connections }));
}

async function startServer(made: Server): Promise<string> {
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

/** A limit like the real one, but connections never lose their slots. */
function makeKeptSlots(): Connections {
  const real = makeConnections({ maxConnections: Infinity, ...noSweeps });
  return {
    ...real,
    attachTo: (server) => {
      real.attachTo(server);
      server.maxConnections = most;
    },
  };
}

const attacks: readonly [string, string][] = [
  ["send nothing", ""],
  ["never finish their headers", "GET / HTTP/1.1\r\nX-"],
  ["never finish a body", post],
  ["send no further request after an answer", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
];

describe.each(attacks)("many connections that %s", (_what, bytes) => {
  it("lose their slots to new connections", async () => {
    const url = await serve(makeConnections({ maxConnections: most }));
    await hold(url, 3 * most, bytes);
    for (let round = 0; round < 5; round += 1) expect(await isServed(url)).toBe(true);
  });

  it("(control) keep new connections out of a server whose slots are never taken away", async () => {
    const url = await serve(makeKeptSlots());
    await hold(url, 3 * most, bytes);
    expect(await isServed(url)).toBe(false);
  });
});

it("a connection that is owed an answer keeps its slot and gets the answer, and new connections have to wait", async () => {
  const url = await serve(makeConnections({ maxConnections: most }));
  await hold(url, most, get);
  await waitForRequests(most);
  expect(await isServed(url)).toBe(false);
  answerAll();
  const answers = await Promise.all(held.map((connection) => connection.answer()));
  expect(answers.map((answer) => answer?.body)).toEqual(answers.map(() => '{"slow":true}'));
  expect(await isServed(url)).toBe(true);
});

it("the connection that has been inactive longest is closed first", async () => {
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

describe("a slow reader", () => {
  /** 26 MB of answers, more than any system buffers. */
  const greedy = "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(400);
  const few = 4;

  async function holdWithoutReading(url: string): Promise<void> {
    const made = await Promise.all(Array.from({ length: few }, () => connectRaw(url)));
    held.push(...made);
    for (const connection of made) {
      connection.stopReading();
      connection.send(greedy);
    }
    for (let before = -1; before < largeRequests; await sleep(200)) before = largeRequests;
  }

  it("loses its slot to a new connection", async () => {
    const url = await serve(makeConnections({ maxConnections: few, ...frequentSweeps }));
    await holdWithoutReading(url);
    for (let round = 0; round < 5; round += 1) expect(await isServed(url)).toBe(true);
  });

  it("is cut off in the end even if no other connection needs its slot", async () => {
    const reasons: CutOffReason[] = [];
    const url = await serve(makeConnections({ ...frequentSweeps, onCutOff: (why) => void reasons.push(why) }));
    await holdWithoutReading(url);
    while ((await countConnections(server)) > 0) await sleep(20);
    expect(reasons).toEqual(Array.from({ length: few }, () => "not_reading"));
  });

  it("(control) keeps new connections out of a server that never checks its readers", async () => {
    const url = await serve(makeConnections({ maxConnections: few, ...noSweeps }));
    await holdWithoutReading(url);
    expect(await isServed(url)).toBe(false);
  });

  it("that makes progress gets all of its answers", async () => {
    const { port } = new URL(await serve(makeConnections(frequentSweeps)));
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

const countConnections = (counted: Server): Promise<number> =>
  new Promise((resolve) => void counted.getConnections((_error, count) => resolve(count)));

describe("pipelined requests", () => {
  const thousand = get.repeat(1_000);

  /** @returns how many of a thousand the app has at once */
  async function countAtOnce(made: Server): Promise<number> {
    const connection = await connectRaw(await startServer(made));
    held.push(connection);
    connection.send(thousand);
    await waitForRequests(1);
    await sleep(100);
    return unanswered.length;
  }

  it("reach the app one at a time, however many there are", async () => {
    expect(await countAtOnce(makeServer(makeSlowApp(), { connections: makeConnections() }))).toBe(1);
    answerAll();
    await waitForRequests(1);
    expect(unanswered).toHaveLength(1);
    answerAll();
  });

  it("(control) all reach the app at once behind a plain Node server", async () => {
    expect(await countAtOnce(createServer(makeSlowApp() as unknown as RequestListener))).toBe(1_000);
  });

  it("do not keep a connection's slot: after an answer it gives way to a new connection", async () => {
    const url = await serve(makeConnections({ maxConnections: 4 }));
    await hold(url, 4, get.repeat(3));
    await waitForRequests(4);
    expect(await isServed(url)).toBe(false);
    answerAll();
    await waitForRequests(3);
    expect(await isServed(url)).toBe(true);
    const answers = await Promise.all(held.map((connection) => connection.answer()));
    expect(answers.map((answer) => answer?.body)).toEqual(answers.map(() => '{"slow":true}'));
    answerAll();
  });

  /** Requests of every kind, each with the answer that it must get. */
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

  /** Sends all requests in pieces of that size. @returns the answers */
  async function sendInPieces(socket: Socket, size: number): Promise<unknown[]> {
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

  it.each([997, 20_000, 10_000_000])("are all answered in their order when they arrive in pieces of %i bytes", async (size) => {
    const { port } = new URL(await serve(makeConnections()));
    expect(await sendInPieces(connect(Number(port), "127.0.0.1"), size)).toEqual(expected);
  });

  it("are all answered in their order with TLS too", async () => {
    const { cert, key } = await makeServerIdentity();
    const secure = makeTlsServer(makeSlowApp(), { cert, key });
    const port = await listen(secure, "127.0.0.1", 0);
    stop = () => close(secure, 100);
    expect(await sendInPieces(connectTls({ port, rejectUnauthorized: false }), 10_000_000)).toEqual(expected);
  });
});

describe("a request for a tunnel", () => {
  const tunnel = "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n";

  /** Whether the server still answers after many clients have asked for a tunnel and crashed. */
  async function survivesResets(url: string): Promise<boolean> {
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

  /** Starts a server in its own process. @returns its URL */
  async function startProcess(words: readonly string[]): Promise<string> {
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
    stop = async () => void child.kill();
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    return `http://127.0.0.1:${Number(String(port))}`;
  }

  it("does not harm other connections when its client resets the connection", async () => {
    expect(await survivesResets(await startProcess(["--import", "tsx", join(__dirname, "edge-server.ts")]))).toBe(true);
  });

  it("(control) ends the process of a server without a listener for errors", async () => {
    const script = `require("node:http").createServer((_, response) => response.end())
      .on("connect", (_, socket) => socket.end("HTTP/1.1 501 Not Implemented\\r\\nContent-Length: 0\\r\\n\\r\\n"))
      .listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;
    expect(await survivesResets(await startProcess(["-e", script])).catch(() => false)).toBe(false);
  });

  /** Counts the connections that are still open some time after a refusal on each. */
  async function countLeftOpen(connections: Connections): Promise<number> {
    const { port } = new URL(await serve(connections));
    // Clients that never end their half of the connection.
    const sockets = [tunnel, "noise\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 9\r\n\r\n"].map((bytes) => {
      const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true }, () => socket.write(bytes));
      return socket.on("error", () => undefined).resume();
    });
    await Promise.all(sockets.map((socket) => once(socket, "end")));
    await sleep(500);
    const left = await countConnections(server);
    for (const socket of sockets) socket.destroy();
    return left;
  }

  it("does not hold its connection open once it is refused, nor does any other refused request", async () => {
    expect(await countLeftOpen(makeConnections(frequentSweeps))).toBe(0);
  });

  it("(control) holds its connection open on a server that never checks its readers", async () => {
    expect(await countLeftOpen(makeConnections(noSweeps))).toBe(3);
  });
});

it("the metrics count refused requests and closed connections, with one series per cause", async () => {
  const { registry, observer } = makeProcessMetrics();
  const connections = makeConnections({ maxConnections: 1, onCutOff: observer.onCutOff });
  const url = await startServer(makeServer(makeSlowApp(), { connections, onProtocolError: observer.onProtocolError }));
  await hold(url, 3, "");
  for (const bytes of ["noise\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nExpect: b\r\n\r\n"])
    await sendRaw(url, bytes);
  await hold(url, 1, get);
  await waitForRequests(1);
  expect(await isServed(url)).toBe(false);
  const readCounts = async (name: string) =>
    (await registry.getSingleMetric(name)?.get())?.values.map(({ labels, value }) => [labels, value]);
  expect(await readCounts("polymint_broken_requests_total")).toEqual([
    [{ status: 400 }, 2],
    [{ status: 417 }, 1],
  ]);
  expect(await readCounts("polymint_connections_cut_off_total")).toEqual([
    [{ reason: "displaced" }, expect.any(Number)],
    [{ reason: "no_room" }, 1],
  ]);
});

describe("a broken request pipelined behind a good one", () => {
  const both = `${get}noise\r\n\r\n`;

  it("is answered after the good one", async () => {
    const connection = await connectRaw(await serve(makeConnections({ maxConnections: most })));
    connection.send(both);
    await waitForRequests(1);
    // The broken one was read in the same chunk.
    await sleep(100);
    answerAll();
    expect([(await connection.answer())?.body, (await connection.answer())?.status]).toEqual(['{"slow":true}', 400]);
  });

  it("(control) is answered in place of the good one by a server that sends final answers at once", async () => {
    const connection = await connectRaw(await serve({ ...makeConnections(), sendFinal: (_socket, send) => send() }));
    connection.send(both);
    expect((await connection.answer())?.status).toBe(400);
  });
});

describe("a server that is closed while it owes an answer", () => {
  /** @returns the answer, if there was one */
  async function closeWhileAnswering(closeServer: () => unknown): Promise<string | undefined> {
    const connection = await connectRaw(await serve(makeConnections({ maxConnections: most })));
    connection.send(get);
    await waitForRequests(1);
    closeServer();
    await sleep(100);
    answerAll();
    return (await connection.answer())?.body;
  }

  it("sends the answer", async () => {
    expect(await closeWhileAnswering(() => close(server, 5_000))).toBe('{"slow":true}');
  });

  it("(control) never sends the answer if it closes all connections at once", async () => {
    expect(await closeWhileAnswering(() => server.closeAllConnections())).toBeUndefined();
  });
});

describe("a TLS server", () => {
  /** Asks over a connection that is kept open. @returns the status of the answer; 0 if there is none */
  const requestStatus = (port: number, ca: string): Promise<number> =>
    new Promise((resolve) => {
      getOverTls({ host: "localhost", port, ca, agent: new Agent({ keepAlive: true }) }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode ?? 0));
      }).on("error", () => resolve(0));
    });

  it("takes slots from idle connections and from those without a handshake", async () => {
    const { ca, cert, key } = await makeServerIdentity();
    const secure = makeTlsServer(makeSlowApp(), { cert, key }, { connections: makeConnections({ maxConnections: 10 }) });
    const port = await listen(secure, "127.0.0.1", 0);
    stop = () => close(secure, 100);
    await hold(`http://127.0.0.1:${port}`, 30, "");
    const statuses = [];
    for (let caller = 0; caller < 30; caller += 1) statuses.push(await requestStatus(port, ca));
    expect(statuses).toEqual(statuses.map(() => 200));
  });
});
