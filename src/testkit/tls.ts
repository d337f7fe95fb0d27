import type { Express } from "express";
import type { Server as HttpsServer } from "node:https";
import { close, makeTlsServer, type TlsIdentity } from "../server/http-server";
import { holdPort, releaseProcess } from "./held-port";

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

/** Takes the port before there is an app to listen, because the metadata contains it. */
export async function makeTlsListener(tls: TestTls | undefined): Promise<TestTlsListener> {
  if (tls === undefined) return { url: undefined, open: () => Promise.resolve(), close: () => Promise.resolve() };
  const held = await holdPort(tls.port ?? 0);
  let server: HttpsServer | undefined;
  return {
    url: `https://localhost:${held.port}`,
    open: async (app) => {
      server = makeTlsServer(app, tls);
      releaseProcess(server);
      await held.handOver(server);
    },
    close: () => (server?.listening === true ? close(server, 5_000) : held.release()),
  };
}
