import { createServer, connect, type Server, type Socket } from "node:net";

/** A stretch of wire to the database that can be broken on purpose. */
export interface FaultyWire {
  /** For `startPolymint({ connectThrough })`. */
  through(connection: Record<string, unknown>): Record<string, unknown>;
  /** Refuses new connections and drops those there are, as a database that went down. */
  cut(): void;
  /** Swallows everything without a word, as a network that went silent. */
  silence(): void;
  /** Lets the next COMMIT reach the database, and drops its connection before the answer gets back. */
  loseNextCommit(): void;
  /** As new. */
  mend(): void;
  close(): Promise<void>;
}

/** Stands between the server and its PostgreSQL on a Unix socket or TCP. */
export async function makeFaultyWire(): Promise<FaultyWire> {
  let target: { path: string } | { host: string; port: number } = { path: "" };
  let state: "whole" | "cut" | "silent" = "whole";
  const sockets = new Set<Socket>();
  let losing = false;
  const server: Server = createServer((near) => {
    sockets.add(near);
    near.on("close", () => sockets.delete(near)).on("error", () => near.destroy());
    if (state === "cut") {
      near.destroy();
      return;
    }
    const far = connect(target as never);
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
    near.on("close", () => far.destroy());
    let lost = false;
    near.on("data", (chunk: Buffer) => {
      if (losing && chunk.includes("COMMIT")) [losing, lost] = [false, true];
      if (state === "whole") far.write(chunk);
    });
    far.on("data", (chunk) => {
      if (lost) near.destroy();
      else if (state === "whole") near.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };

  return {
    through: (connection) => {
      const { connectionString, host, port: to } = connection as { connectionString?: string; host?: string; port?: number };
      const url = connectionString === undefined ? undefined : new URL(connectionString);
      if (url !== undefined) {
        target = { host: url.hostname, port: Number(url.port === "" ? 5432 : url.port) };
        url.hostname = "127.0.0.1";
        url.port = String(port);
        return { connectionString: url.href };
      }
      target = host?.startsWith("/") ? { path: `${host}/.s.PGSQL.${to ?? 5432}` } : { host: host ?? "localhost", port: to ?? 5432 };
      return { ...connection, host: "127.0.0.1", port };
    },
    cut: () => {
      state = "cut";
      for (const socket of sockets) socket.destroy();
    },
    silence: () => {
      state = "silent";
    },
    loseNextCommit: () => {
      losing = true;
    },
    mend: () => {
      state = "whole";
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
