import { connect, type Socket } from "node:net";
import request from "supertest";
import { arrive, freePort, type Newcomer, processesOf, type Served, until } from "../harness/installed-server";

jest.setTimeout(120_000);

/** The tests that share this machine may hold the start up. */
const patience = { DATABASE_CONNECT_TIMEOUT_MS: "20000", DATABASE_STATEMENT_TIMEOUT_MS: "20000" };
const slowMs = 30_000;

let newcomer: Newcomer;
let server: Served;
let port: number;
beforeAll(async () => {
  newcomer = arrive();
  port = await freePort();
  server = newcomer.serve({ PORT: String(port), WORKERS: "2", LOG_LEVEL: "error", DRAIN_SECONDS: "60", ...patience }, "--demo");
});
afterAll(() => newcomer.leave());

function workers(): number[] {
  const children = processesOf(newcomer.folder).filter(
    ({ parent, command }) => parent === server.pid && command.includes("polymint.js serve"),
  );
  return children.map(({ pid }) => pid).sort((one, other) => one - other);
}

/** Resolves when there is a worker that was not there before. */
async function another(before: readonly number[]): Promise<number> {
  const news = (): number[] => workers().filter((pid) => !before.includes(pid));
  await until("there is a new worker", () => news().length > 0, slowMs);
  return news()[0] ?? -1;
}

async function isReady(): Promise<boolean> {
  const answer = await request(`http://127.0.0.1:${port}`)
    .get("/health/ready")
    .timeout(500)
    .catch(() => undefined);
  return answer?.status === 200;
}

/** One that sends this and waits. */
async function connected(text: string) {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const made = connect(port, "127.0.0.1", () => resolve(made)).on("error", reject);
  });
  const connection = { said: "" };
  socket.on("data", (chunk) => (connection.said += chunk.toString())).on("error", () => undefined);
  socket.write(text);
  return connection;
}

const liveRequest = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

describe("worker processes", () => {
  it("that die while others are starting are replaced, ready or not", async () => {
    await until("workers are being started", () => workers().length === 2, slowMs);
    const [first = -1, second = -1] = workers();
    process.kill(second, "SIGSTOP");
    await until("the other one serves", isReady, slowMs);
    process.kill(first, "SIGKILL");
    const third = await another([first, second]);
    process.kill(second, "SIGKILL");
    await another([first, second, third]);
    await server.started();
    await until("somebody serves", isReady, slowMs);
    expect(workers()).toHaveLength(2);
  });

  it("give nobody more time for a request than one process would", async () => {
    const slow = await Promise.all([connected("GET / HTTP/1.1\r\nHost: "), connected("GET / HTTP/1.1\r\nHost: ")]);
    // Whoever is asked while one of two is stuck is answered by the other.
    const [one = -1, other = -1] = workers();
    for (const stuck of [one, other]) {
      process.kill(stuck, "SIGSTOP");
      await until("the other one serves", isReady, slowMs);
      process.kill(stuck, "SIGCONT");
    }
    await until("they are told that it took too long", () => slow.every(({ said }) => said.startsWith("HTTP/1.1 408")), slowMs);
  });

  it("that are stuck and die lose no connection: another one gets it", async () => {
    const [stuck = -1, other = -1] = workers();
    process.kill(stuck, "SIGSTOP");
    const asked = await Promise.all(Array.from({ length: 6 }, () => connected(liveRequest)));
    const answered = (): number => asked.filter(({ said }) => said.startsWith("HTTP/1.1 200")).length;
    await until("the others are answered", () => answered() === 5, slowMs);
    process.kill(stuck, "SIGKILL");
    await until("all are answered", () => answered() === 6, slowMs);
    await another([stuck, other]);
  });

  it("that do not serve yet keep nobody waiting who ends the server", async () => {
    const at = Date.now();
    server.kill("SIGTERM");
    expect(await server.ended).toMatchObject({ code: 0 });
    // Of the 60 s that requests in progress would have.
    expect(Date.now() - at).toBeLessThan(30_000);
  });
});
