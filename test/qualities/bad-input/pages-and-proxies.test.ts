/** The matrix of bad input at the pages, and at a server behind a proxy that forwards certificates. */
import { startMtlsServer, type MtlsServer } from "../../harness/mtls-server";
import { forwardedRows } from "./rows/certificates";
import { pageRows } from "./rows/pages";
import { defineMatrixTests } from "./matrix";
import type { ServerFixture } from "./fixture";

const fixture = {} as ServerFixture;
const trustedProxies = ["127.0.0.1"];
let der: MtlsServer;
let pem: MtlsServer;
beforeAll(async () => {
  der = await startMtlsServer({ trustedProxies, clientCertHeader: "client-cert" });
  pem = await startMtlsServer({ trustedProxies, clientCertHeader: "x-ssl-client-cert" });
  fixture.polymint = der.polymint;
});
afterAll(() => Promise.all([der.stop(), pem.stop()]));

defineMatrixTests([...forwardedRows(() => der, "client-cert"), ...pageRows(fixture)], () => fixture.polymint);
defineMatrixTests(
  forwardedRows(() => pem, "x-ssl-client-cert"),
  () => pem.polymint,
);
