import { request as httpRequest, Agent } from "node:http";
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
import { decode, type JwtPayload } from "jsonwebtoken";
import { Client } from "pg";
import { useEmbeddedPostgres } from "../../src/postgres/embedded";
import { brokenBy } from "../../stress/process/broken-server";
import { makeServerIdentity } from "../harness/certificates";
import { arrive, curlsIn, freePort, type Newcomer, processesOf, type Served, until } from "./newcomer";

jest.setTimeout(90_000);

/** The tests that share this machine may hold the start up; the drain is what is looked at here. */
const patience = { DATABASE_CONNECT_TIMEOUT_MS: "20000", DATABASE_STATEMENT_TIMEOUT_MS: "20000" };

let newcomer: Newcomer;
let server: Served;
let port: number;
let body: string;

beforeAll(async () => {
  newcomer = arrive();
  port = await freePort();
  server = newcomer.serve({ PORT: String(port), WORKERS: "2", ...patience }, "--demo");
  await server.started();
  body = /-d '([^']+)'/.exec(curlsIn(server.stdout()).abbeycross ?? "")?.[1] ?? "";
});

afterAll(() => newcomer.leave());

interface Answer {
  status: number;
  text: string;
}

function ask(agent: Agent, path: string, method = "POST"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = method === "POST" ? { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) } : {};
    const sent = httpRequest({ host: "127.0.0.1", port, path, method, agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    sent.on("error", reject).end(method === "POST" ? body : undefined);
  });
}

/** A request that is under way: the server has read it up to here, and waits for the rest. */
async function begin(upTo: (whole: string) => number): Promise<{ finish(): Promise<Answer> }> {
  const head = ["POST /v1/oauth/token HTTP/1.1", "Host: localhost", "Content-Type: application/json", `Content-Length: ${body.length}`];
  const whole = `${head.join("\r\n")}\r\n\r\n${body}`;
  const cut = upTo(whole);
  const socket = await new Promise<Socket>((resolve, reject) => {
    const made = connect(port, "127.0.0.1", () => resolve(made)).on("error", reject);
  });
  let text = "";
  const over = new Promise<void>((resolve) => socket.on("data", (chunk) => (text += chunk.toString())).once("close", () => resolve()));
  socket.write(whole.slice(0, cut));
  return {
    finish: async () => {
      socket.write(whole.slice(cut));
      await over;
      return { status: Number(text.split(" ")[1] ?? 0), text: text.slice(text.indexOf("\r\n\r\n") + 4) };
    },
  };
}

function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(false)).on("error", () => resolve(true));
    socket.once("connect", () => socket.destroy());
  });
}

function jtiIn({ text }: Answer): string {
  const { access_token } = JSON.parse(text) as { access_token: string };
  return String((decode(access_token) as JwtPayload).jti);
}

/** The `jti` of every row of the ledger, read when the server is long gone. */
async function ledger(folder = newcomer.data): Promise<string[]> {
  const postgres = await useEmbeddedPostgres({ folder, explicit: true });
  const client = new Client(postgres.connection());
  await client.connect();
  try {
    const { rows } = await client.query<{ jti: string }>("SELECT jti FROM issued_tokens");
    return rows.map(({ jti }) => jti);
  } finally {
    await client.end();
    await postgres.release();
  }
}

/** What came of a server that was asked to end in the middle of its work. */
interface Ended {
  code: number | null;
  /** To those whose requests it had begun to read. */
  finished: Answer[];
  /** To everybody, `finished` among them. */
  answers: Answer[];
  /** Failures that even those have no right to who only wait on a connection for their next turn. */
  odd: string[];
}

async function endedUnderLoad(server: Served): Promise<Ended> {
  const answers: Answer[] = [];
  const odd: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 24 });
  const askUntilRefused = async (): Promise<void> => {
    for (;;) {
      try {
        answers.push(await ask(agent, "/v1/oauth/token"));
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        if (!["ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(code)) odd.push(code);
        if (code === "ECONNREFUSED") return;
      }
    }
  };
  const callers = Array.from({ length: 24 }, askUntilRefused);
  await until("there is load", () => answers.length > 500, 30_000);
  const begun = await Promise.all([
    ...Array.from({ length: 8 }, () => begin((whole) => whole.indexOf("\r\n\r\n") + 6)),
    ...Array.from({ length: 4 }, () => begin((whole) => whole.length - 1)),
    ...Array.from({ length: 4 }, () => begin((whole) => whole.indexOf("Content-Type"))),
  ]);
  await sleep(200);

  server.kill("SIGTERM");
  await until("no connection is taken any more", () => refuses(port));
  const finished = await Promise.all(begun.map((request) => request.finish()));
  await Promise.all(callers);
  const { code } = await server.ended;
  return { code, finished, answers: [...answers, ...finished], odd };
}

/** What of it must not be. @param written the jtis in the ledger */
function faultsOf({ code, finished, answers, odd }: Ended, written: readonly string[]): string[] {
  const given = answers.filter(({ status }) => status === 200).map(jtiIn);
  const kept = new Set(written);
  const heard = new Set(given);
  const counts = {
    "requests that were begun are not answered": finished.filter(({ status }) => status !== 200).length,
    "answers are no tokens": answers.filter(({ status }) => status !== 200).length,
    "tokens are not in the ledger": given.filter((jti) => !kept.has(jti)).length,
    "tokens are in the ledger and nobody has them": written.filter((jti) => !heard.has(jti)).length,
  };
  const found = Object.entries(counts).flatMap(([what, count]) => (count > 0 ? [what] : []));
  return [...found, ...odd, ...(code === 0 ? [] : [`it ended with ${String(code)}`])];
}

describe("SIGTERM under load, with two workers", () => {
  let ended: Ended;

  it("has both workers at work", () => {
    const serving = processesOf(newcomer.folder).filter(({ command }) => command.includes("polymint.js serve"));
    expect(serving.length).toBe(3);
  });

  it("ends with 0, and takes no new requests", async () => {
    ended = await endedUnderLoad(server);
    expect(ended.code).toBe(0);
  });

  it("leaves nothing running", async () => {
    await until("everything is over", () => processesOf(newcomer.folder).length === 0);
  });

  it("has answered every request it had begun to read; every answered token is in the ledger, and the other way round", async () => {
    expect(faultsOf(ended, await ledger())).toEqual([]);
  });

  it("has logged every request, complete lines to the last", () => {
    const lines = server
      .stderr()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { dialect?: string; outcome?: string; jti?: string; msg: string });
    expect(lines.filter(({ dialect, outcome }) => dialect === "abbeycross" && outcome === "ok").length).toBe(ended.answers.length);
    expect(lines.filter(({ msg }) => msg === "stopped").length).toBe(2);
  });

  it("would leave requests without an answer if it cut everybody off", async () => {
    const data = join(newcomer.folder, "cut-off");
    const settings = { POLYMINT_DATA: data, PORT: String(port), WORKERS: "2", LOG_LEVEL: "warn", ...patience };
    const broken = newcomer.serve({ ...settings, ...brokenBy("cuts-off", newcomer) }, "--demo");
    await broken.started();
    body = /-d '([^']+)'/.exec(curlsIn(broken.stdout()).abbeycross ?? "")?.[1] ?? "";
    const faults = faultsOf(await endedUnderLoad(broken), await ledger(data));
    expect(faults).toContain("requests that were begun are not answered");
    expect(faults).toContain("tokens are in the ledger and nobody has them");
  });
});

describe("SIGTERM, with a TLS listener", () => {
  /** A request whose last byte is held back. The server has read the rest. */
  async function heldBack(url: string, ca: string, request: string) {
    const { hostname: host, port: at, protocol } = new URL(url);
    const socket = await new Promise<Socket>((resolve, reject) => {
      const made = protocol === "https:" ? connectTls({ host, port: Number(at), ca }) : connect(Number(at), host);
      made.once(protocol === "https:" ? "secureConnect" : "connect", () => resolve(made)).on("error", reject);
    });
    let text = "";
    const ended = new Promise<string>((resolve) => socket.once("end", () => resolve("ended")).once("close", () => resolve("cut off")));
    socket.on("data", (chunk) => (text += chunk.toString())).on("error", () => undefined);
    socket.write(request.slice(0, -1));
    return {
      /** The status of its answer; how the connection ended. */
      finish: async () => {
        socket.write(request.slice(-1));
        const how = await ended;
        return [Number(text.split(" ")[1] ?? 0), how] as const;
      },
      idle: async () => [Number(text.split(" ")[1] ?? 0), await ended] as const,
      rest: () => void socket.write(request.slice(-1)),
    };
  }

  it("finishes what was begun there, at the pages and on kept connections, and cuts nobody off", async () => {
    const { ca, cert, key } = await makeServerIdentity();
    const files = { TLS_CERT: join(newcomer.folder, "cert.pem"), TLS_KEY: join(newcomer.folder, "key.pem") };
    writeFileSync(files.TLS_CERT, cert);
    writeFileSync(files.TLS_KEY, key);
    const [own, tlsPort] = [await freePort(), await freePort()];
    const one = newcomer.serve({ PORT: String(own), TLS_PORT: String(tlsPort), WORKERS: "2", ...files, ...patience }, "--demo");
    await one.started();
    body = /-d '([^']+)'/.exec(curlsIn(one.stdout()).abbeycross ?? "")?.[1] ?? "";
    const head = ["POST /v1/oauth/token HTTP/1.1", "Host: localhost", "Content-Type: application/json", `Content-Length: ${body.length}`];
    const token = `${head.join("\r\n")}\r\n\r\n${body}`;
    const page = "GET /device HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const [plain, secure] = [`http://127.0.0.1:${own}`, `https://localhost:${tlsPort}`];
    const asked = [plain, secure].flatMap((url) => [token, page].map((request) => heldBack(url, ca, request)));
    const begun = await Promise.all(asked);
    const kept = await Promise.all([plain, secure].map((url) => heldBack(url, ca, page)));
    kept.forEach((connection) => connection.rest());
    await sleep(500);

    one.kill("SIGTERM");
    await until("no connection is taken any more", async () => (await refuses(own)) && (await refuses(tlsPort)));
    expect(await Promise.all(begun.map((each) => each.finish()))).toEqual(begun.map(() => [200, "ended"]));
    expect(await Promise.all(kept.map((each) => each.idle()))).toEqual(kept.map(() => [200, "ended"]));
    expect(await one.ended).toMatchObject({ code: 0 });
  });
});

describe("SIGTERM", () => {
  it("turns readiness to 503 for those who are still connected", async () => {
    const own = await freePort();
    const one = newcomer.serve({ PORT: String(own), WORKERS: "1", ...patience }, "--demo");
    await one.started();
    port = own;
    const connection = await pipelined();
    expect(await connection.ready()).toBe(200);
    connection.beginReady();
    await sleep(100);
    one.kill("SIGTERM");
    await sleep(300);
    expect(await connection.finishReady()).toBe(503);
    expect(await one.ended).toMatchObject({ code: 0 });
  });

  it("while it is still starting is obeyed too", async () => {
    const early = newcomer.serve({ PORT: String(await freePort()), WORKERS: "2", ...patience });
    const workers = (): number =>
      processesOf(newcomer.folder).filter(({ parent, command }) => parent === early.pid && command.includes("polymint.js serve")).length;
    await until("workers are being started", () => workers() === 2);
    early.kill("SIGTERM");
    expect(await early.ended).toMatchObject({ code: 0 });
    await until("everything is over", () => processesOf(newcomer.folder).length === 0);
  });

  it("cuts off after DRAIN_SECONDS who never finishes, and ends all the same", async () => {
    port = await freePort();
    const one = newcomer.serve({ PORT: String(port), WORKERS: "2", DRAIN_SECONDS: "1", ...patience }, "--demo");
    await one.started();
    const stuck = await begin((whole) => whole.length - 1);
    await sleep(100);
    const at = Date.now();
    one.kill("SIGTERM");
    expect(await one.ended).toMatchObject({ code: 0 });
    expect(Date.now() - at).toBeLessThan(6_000);
    expect((await stuck.finish()).status).toBe(0);
  });
});

/** One connection on which the readiness is asked, the second time with the last byte of the request held back. */
async function pipelined() {
  const socket = await new Promise<Socket>((resolve) => {
    const made = connect(port, "127.0.0.1", () => resolve(made));
  });
  socket.on("error", () => undefined);
  const line = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const status = (): Promise<number> =>
    new Promise((resolve) =>
      socket.once("data", (chunk) => resolve(Number(chunk.toString().split(" ")[1]))).once("close", () => resolve(0)),
    );
  return {
    ready: (): Promise<number> => {
      const answered = status();
      socket.write(line);
      return answered;
    },
    beginReady: () => void socket.write(line.slice(0, -1)),
    finishReady: (): Promise<number> => {
      const answered = status();
      socket.write(line.slice(-1));
      return answered;
    },
  };
}
