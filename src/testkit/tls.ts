import type { Express } from "express";
import type { Server as HttpsServer } from "node:https";
import { createServer } from "node:net";
import { close, listen, makeTlsServer, type TlsIdentity } from "../server/http-server";

/** A TLS listener for tests, beside the plain one. Everything is PEM. */
export interface TestTls extends TlsIdentity {
  /** Default: one that is free. Choose one if the issuer is to name it. */
  port?: number;
}

/** The TLS listener's side of a test server; one that was not asked for does nothing. */
export interface TlsSide {
  /** `https://localhost:PORT`; its certificate must name that host. */
  url: string | undefined;
  open(app: Express): Promise<void>;
  close(): Promise<void>;
}

/** Settles the port before anything listens, because the metadata names it. */
export async function planTls(tls: TestTls | undefined): Promise<TlsSide> {
  if (tls === undefined) return { url: undefined, open: () => Promise.resolve(), close: () => Promise.resolve() };
  const port = tls.port ?? (await freePort());
  let opened: HttpsServer | undefined;
  return {
    url: `https://localhost:${port}`,
    open: async (app) => {
      opened = makeTlsServer(app, tls);
      await listen(opened, "127.0.0.1", port);
    },
    close: async () => {
      if (opened?.listening === true) await close(opened, 5_000);
    },
  };
}

/** A TCP port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => resolve((probe.address() as { port: number }).port));
  });
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
