import type { Server } from "node:http";
import { Agent, get as getOverTls } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import express, { type Express, type Response } from "express";
import { type Connections, makeConnections } from "../../src/connections";
import { close, listen, makeServer, makeTlsServer } from "../../src/server";
import { makeServerIdentity } from "../harness/certificates";
import { connectRaw, type RawConnection, sendRaw } from "../harness/raw-http";

const most = 40;
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

/** An app that reads bodies, and takes its time for `/slow`. */
function app(): Express {
  return express()
    .use(express.raw({ type: () => true }))
    .get("/slow", (_request, response) => void unanswered.push(response))
    .use((_request, response) => response.json({ slow: false }));
}

async function serve(connections: Connections): Promise<string> {
  server = makeServer(app(), connections);
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
  const real = makeConnections(most);
  return { ...real, admitTo: (server) => void (server.maxConnections = most) };
}

const attacks: readonly [string, string][] = [
  ["say nothing", ""],
  ["send headers without end", "GET / HTTP/1.1\r\nX-"],
  ["send a body without end", post],
  ["come back for nothing after an answer", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
];

describe.each(attacks)("many who %s", (_what, bytes) => {
  it("lose their places to newcomers", async () => {
    const url = await serve(makeConnections(most));
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
  const url = await serve(makeConnections(most));
  await hold(url, most, get);
  await begun(most);
  expect(await isServed(url)).toBe(false);
  answerAll();
  const answers = await Promise.all(held.map((connection) => connection.answer()));
  expect(answers.map((answer) => answer?.body)).toEqual(answers.map(() => '{"slow":true}'));
  expect(await isServed(url)).toBe(true);
});

it("who has waited longest goes first", async () => {
  const url = await serve(makeConnections(3));
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

describe("a broken request behind a good one that is still being answered", () => {
  const both = `${get}noise\r\n\r\n`;

  it("is answered after it", async () => {
    const connection = await connectRaw(await serve(makeConnections(most)));
    connection.send(both);
    await begun(1);
    // The broken one was read with it.
    await sleep(100);
    answerAll();
    expect([(await connection.answer())?.body, (await connection.answer())?.status]).toEqual(['{"slow":true}', 400]);
  });

  it("would take its answer's place if nobody looked", async () => {
    const connection = await connectRaw(await serve({ ...makeConnections(most), owed: () => undefined }));
    connection.send(both);
    expect((await connection.answer())?.status).toBe(400);
  });
});

describe("a server that is closed while it owes an answer", () => {
  /** @returns the answer, if there was one */
  async function closedBy(closing: () => unknown): Promise<string | undefined> {
    const connection = await connectRaw(await serve(makeConnections(most)));
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
    const secure = makeTlsServer(app(), { cert, key }, makeConnections(10));
    const port = await listen(secure, "127.0.0.1", 0);
    stop = () => close(secure, 100);
    await hold(`http://127.0.0.1:${port}`, 30, "");
    const statuses = [];
    for (let caller = 0; caller < 30; caller += 1) statuses.push(await statusOf(port, ca));
    expect(statuses).toEqual(statuses.map(() => 200));
  });
});
