/** The matrix of bad input at the token endpoints of the contracts with hand-written rows. */
import { startMtlsServer, type MtlsServer } from "../../harness/mtls-server";
import { certificateRows } from "./rows/certificates";
import { raidiamRows } from "./rows/raidiam";
import { screeningEagleRows } from "./rows/screening-eagle";
import { abbeycrossRows, firstvisionRows } from "./rows/shared-secrets";
import { weavrRows } from "./rows/weavr";
import { defineMatrixTests } from "./matrix";
import type { ServerFixture } from "./fixture";

const fixture = {} as ServerFixture;
let tls: MtlsServer;
beforeAll(async () => {
  tls = await startMtlsServer();
  fixture.polymint = tls.polymint;
});
afterAll(() => tls.stop());

const rows = [
  ...certificateRows(() => tls),
  ...screeningEagleRows(fixture),
  ...raidiamRows(fixture),
  ...weavrRows(fixture),
  ...abbeycrossRows(fixture),
  ...firstvisionRows(fixture),
];
defineMatrixTests(rows, () => fixture.polymint);
