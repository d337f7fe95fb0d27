import { connect, createServer, type Socket } from "node:net";

/** A proxy to the database whose connections can go silent for good, while new ones work. */
export interface SwallowingWire {
  connection: Record<string, unknown>;
  /** From now on, every connection there is drops all data, and the proxy does not close it. */
  swallow(): void;
  close(): Promise<void>;
}

/** @param connection on a Unix socket or over TCP */
export async function makeSwallowingWire(connection: Record<string, unknown>): Promise<SwallowingWire> {
  const alive = new Set<Socket>();
  const all = new Set<Socket>();
  const { connectionString, host = "localhost", port = 5432 } = connection as { connectionString?: string; host?: string; port?: number };
  const url = connectionString === undefined ? undefined : new URL(connectionString);
  const connectToTarget = () => {
    if (url !== undefined) return connect(Number(url.port || 5432), url.hostname);
    return host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  };
  const server = createServer((near) => {
    const far = connectToTarget();
    all.add(near).add(far);
    alive.add(near);
    near.on("data", (chunk) => alive.has(near) && far.write(chunk)).on("error", () => far.destroy());
    far.on("data", (chunk) => alive.has(near) && near.write(chunk)).on("error", () => alive.has(near) && near.destroy());
    near.on("close", () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const own = (server.address() as { port: number }).port;
  const through = new URL(connectionString ?? "postgres://unused");
  through.host = `127.0.0.1:${own}`;
  return {
    connection: url === undefined ? { ...connection, host: "127.0.0.1", port: own } : { connectionString: through.href },
    swallow: () => alive.clear(),
    close: async () => {
      for (const socket of all) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
