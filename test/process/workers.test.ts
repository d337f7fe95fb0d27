import { connect, type Socket } from "node:net";
import request from "supertest";
import { installServer, freePort, type InstalledServer, findProcesses, type ServerProcess, until } from "../harness/installed-server";

jest.setTimeout(120_000);

/** Other tests on the same machine may slow the start down. */
const patience = { DATABASE_CONNECT_TIMEOUT_MS: "20000", DATABASE_STATEMENT_TIMEOUT_MS: "20000" };
const slowMs = 30_000;

let newcomer: InstalledServer;
let server: ServerProcess;
let port: number;
beforeAll(async () => {
  newcomer = installServer();
  port = await freePort();
  server = newcomer.serve({ PORT: String(port), WORKERS: "2", LOG_LEVEL: "error", DRAIN_SECONDS: "60", ...patience }, "--demo");
});
afterAll(() => newcomer.remove());

function findWorkers(): number[] {
  const children = findProcesses(newcomer.folder).filter(
    ({ parent, command }) => parent === server.pid && command.includes("polymint.js serve"),
  );
  return children.map(({ pid }) => pid).sort((one, other) => one - other);
}

/** Waits for a worker that did not exist before. @returns its process id */
async function waitForNewWorker(before: readonly number[]): Promise<number> {
  const newWorkers = (): number[] => findWorkers().filter((pid) => !before.includes(pid));
  await until("there is a new worker", () => newWorkers().length > 0, slowMs);
  return newWorkers()[0] ?? -1;
}

async function isReady(): Promise<boolean> {
  const answer = await request(`http://127.0.0.1:${port}`)
    .get("/health/ready")
    .timeout(500)
    .catch(() => undefined);
  return answer?.status === 200;
}

/** Opens a connection and sends the text. @returns what the server sends, so far */
async function connectAndSend(text: string) {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const made = connect(port, "127.0.0.1", () => resolve(made)).on("error", reject);
  });
  const connection = { received: "" };
  socket.on("data", (chunk) => (connection.received += chunk.toString())).on("error", () => undefined);
  socket.write(text);
  return connection;
}

const liveRequest = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

describe("worker processes", () => {
  it("are replaced if they die while others start, ready or not", async () => {
    await until("workers are being started", () => findWorkers().length === 2, slowMs);
    const [first = -1, second = -1] = findWorkers();
    process.kill(second, "SIGSTOP");
    await until("the other one serves", isReady, slowMs);
    process.kill(first, "SIGKILL");
    const third = await waitForNewWorker([first, second]);
    process.kill(second, "SIGKILL");
    await waitForNewWorker([first, second, third]);
    await server.waitUntilListening();
    await until("a worker serves", isReady, slowMs);
    expect(findWorkers()).toHaveLength(2);
  });

  it("give a request no more time than a single process would", async () => {
    const slow = await Promise.all([connectAndSend("GET / HTTP/1.1\r\nHost: "), connectAndSend("GET / HTTP/1.1\r\nHost: ")]);
    // While one of the two is stopped, the other answers new connections.
    const [one = -1, other = -1] = findWorkers();
    for (const stuck of [one, other]) {
      process.kill(stuck, "SIGSTOP");
      await until("the other one serves", isReady, slowMs);
      process.kill(stuck, "SIGCONT");
    }
    await until("both slow requests get 408", () => slow.every(({ received }) => received.startsWith("HTTP/1.1 408")), slowMs);
  });

  it("lose no connection if one is stuck and dies, because another worker gets it", async () => {
    const [stuck = -1, other = -1] = findWorkers();
    process.kill(stuck, "SIGSTOP");
    const asked = await Promise.all(Array.from({ length: 6 }, () => connectAndSend(liveRequest)));
    const answered = (): number => asked.filter(({ received }) => received.startsWith("HTTP/1.1 200")).length;
    await until("the others are answered", () => answered() === 5, slowMs);
    process.kill(stuck, "SIGKILL");
    await until("all are answered", () => answered() === 6, slowMs);
    await waitForNewWorker([stuck, other]);
  });

  it("do not delay the end of the server while they start", async () => {
    const at = Date.now();
    server.kill("SIGTERM");
    expect(await server.ended).toMatchObject({ code: 0 });
    // DRAIN_SECONDS would allow requests in progress 60 s.
    expect(Date.now() - at).toBeLessThan(30_000);
  });
});
