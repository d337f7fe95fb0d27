import { startMtlsServer, type MtlsServer } from "../../harness/mtls-server";
import { certificateRows } from "./rows/certificates";
import { raidiamRows } from "./rows/raidiam";
import { screeningEagleRows } from "./rows/screening-eagle";
import { abbeycrossRows, firstvisionRows } from "./rows/shared-secrets";
import { weavrRows } from "./rows/weavr";
import { proveTable } from "./matrix";
import type { World } from "./fixture";

const world = {} as World;
let tls: MtlsServer;
beforeAll(async () => {
  tls = await startMtlsServer();
  world.polymint = tls.polymint;
});
afterAll(() => tls.stop());

const rows = [
  ...certificateRows(() => tls),
  ...screeningEagleRows(world),
  ...raidiamRows(world),
  ...weavrRows(world),
  ...abbeycrossRows(world),
  ...firstvisionRows(world),
];
proveTable(rows, () => world.polymint);
