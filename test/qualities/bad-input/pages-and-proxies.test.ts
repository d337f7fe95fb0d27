import { makeTlsWorld, type TlsWorld } from "../../harness/mtls-server";
import { forwardedRows } from "./rows/certificates";
import { pageRows } from "./rows/pages";
import { proveTable } from "./matrix";
import type { World } from "./fixture";

const world = {} as World;
let tls: TlsWorld;
beforeAll(async () => {
  tls = await makeTlsWorld({ trustedProxies: ["127.0.0.1"] });
  world.polymint = tls.polymint;
});
afterAll(() => tls.stop());

proveTable([...forwardedRows(() => tls), ...pageRows(world)], () => world.polymint);
