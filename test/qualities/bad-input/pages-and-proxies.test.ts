import { startMtlsServer, type MtlsServer } from "../../harness/mtls-server";
import { forwardedRows } from "./rows/certificates";
import { pageRows } from "./rows/pages";
import { proveTable } from "./matrix";
import type { World } from "./fixture";

const world = {} as World;
let tls: MtlsServer;
beforeAll(async () => {
  tls = await startMtlsServer({ trustedProxies: ["127.0.0.1"] });
  world.polymint = tls.polymint;
});
afterAll(() => tls.stop());

proveTable([...forwardedRows(() => tls), ...pageRows(world)], () => world.polymint);
