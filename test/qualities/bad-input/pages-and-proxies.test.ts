/** The matrix of bad input at the pages, and at a server behind a proxy that forwards certificates. */
import { startMtlsServer, type MtlsServer } from "../../harness/mtls-server";
import { forwardedRows } from "./rows/certificates";
import { pageRows } from "./rows/pages";
import { defineMatrixTests } from "./matrix";
import type { ServerFixture } from "./fixture";

const fixture = {} as ServerFixture;
let tls: MtlsServer;
beforeAll(async () => {
  tls = await startMtlsServer({ trustedProxies: ["127.0.0.1"] });
  fixture.polymint = tls.polymint;
});
afterAll(() => tls.stop());

defineMatrixTests([...forwardedRows(() => tls), ...pageRows(fixture)], () => fixture.polymint);
