import type { Express } from "express";
import type { Server as HttpsServer } from "node:https";
import { createServer } from "node:net";
import { close, listen, makeTlsServer, type TlsIdentity } from "../server/http-server";

/** Options of a TLS listener for tests, beside the plain one. Keys and certificates are PEM. */
export interface TestTls extends TlsIdentity {
  /** Default a free port. Choose one if the issuer must contain it. */
  port?: number;
}

/** The TLS listener of a test server. Without `TestTls` it does nothing. */
export interface TestTlsListener {
  /** `https://localhost:PORT`; its certificate must name that host. */
  url: string | undefined;
  open(app: Express): Promise<void>;
  close(): Promise<void>;
}

/** Chooses the port before anything listens, because the metadata contains it. */
export async function makeTlsListener(tls: TestTls | undefined): Promise<TestTlsListener> {
  if (tls === undefined) return { url: undefined, open: () => Promise.resolve(), close: () => Promise.resolve() };
  const port = tls.port ?? (await findFreePort());
  let server: HttpsServer | undefined;
  return {
    url: `https://localhost:${port}`,
    open: async (app) => {
      server = makeTlsServer(app, tls);
      await listen(server, "127.0.0.1", port);
    },
    close: async () => {
      if (server?.listening === true) await close(server, 5_000);
    },
  };
}

/** @returns a TCP port on which no process listens at this moment */
export async function findFreePort(): Promise<number> {
  const probe = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => resolve((probe.address() as { port: number }).port));
  });
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
