import "reflect-metadata";
import { X509CertificateGenerator } from "@peculiar/x509";
import express from "express";
import { KeyObject, webcrypto } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import { connect } from "node:tls";
import { type AnyServer, close, listen, makeTlsServer } from "../../src/server/http-server";
import { makeServerIdentity } from "../harness/certificates";

const running: AnyServer[] = [];
afterAll(() => Promise.all(running.map((server) => close(server, 0))));
async function start(server: AnyServer): Promise<number> {
  running.push(server);
  return listen(server, "127.0.0.1", 0);
}

/** The suites of TLS 1.2 for RSA need a certificate with an RSA key. */
async function makeRsaIdentity(): Promise<{ cert: string; key: string }> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", publicExponent: Buffer.of(1, 0, 1), modulusLength: 2048 };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await X509CertificateGenerator.createSelfSigned({ name: "CN=localhost", keys, signingAlgorithm: algorithm });
  const key = KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" });
  return { cert: made.toString("pem"), key: String(key) };
}

/** @param ciphers in OpenSSL's words @returns the suite that client and server agree on, or undefined if they agree on none */
async function negotiate(port: number, ciphers: string, version: "TLSv1.2" | "TLSv1.3"): Promise<string | undefined> {
  const socket = connect({
    ...{ host: "127.0.0.1", port, rejectUnauthorized: false },
    ...{ minVersion: version, maxVersion: version, ciphers },
  });
  try {
    await once(socket, "secureConnect");
    return socket.getCipher().name;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

const refusedWithRsa = [
  ...["AES128-SHA", "AES256-SHA", "AES128-SHA256", "AES128-GCM-SHA256", "AES256-GCM-SHA384"],
  ...["ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA", "ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES256-SHA384"],
  ...["DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-SHA", "AES128-CCM", "ARIA128-GCM-SHA256", "CAMELLIA128-SHA"],
];
const refusedWithEc = ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-CCM8", "ECDHE-ECDSA-AES256-CCM"];
const bulk = ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"];

describe("the TLS listener", () => {
  let ports: { rsa: number; ec: number };
  let rsa: { cert: string; key: string };
  beforeAll(async () => {
    rsa = await makeRsaIdentity();
    const app = express().use((_request, response) => void response.end());
    ports = { rsa: await start(makeTlsServer(app, rsa)), ec: await start(makeTlsServer(app, await makeServerIdentity())) };
  });

  it.each([...refusedWithRsa.map((suite) => ["rsa", suite] as const), ...refusedWithEc.map((suite) => ["ec", suite] as const)])(
    "with an %s key refuses %s",
    async (key, suite) => {
      expect(await negotiate(ports[key], `${suite}:@SECLEVEL=0`, "TLSv1.2")).toBeUndefined();
    },
  );

  it.each([
    ...bulk.map((suite) => ["rsa", `ECDHE-RSA-${suite}`] as const),
    ...bulk.map((suite) => ["ec", `ECDHE-ECDSA-${suite}`] as const),
  ])("with an %s key speaks %s", async (key, suite) => {
    expect(await negotiate(ports[key], suite, "TLSv1.2")).toBe(suite);
  });

  it.each(["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"])("speaks %s of TLS 1.3", async (suite) => {
    expect(await negotiate(ports.ec, suite, "TLSv1.3")).toBe(suite);
  });

  it("(control) a server with Node's own list would speak AES128-SHA", async () => {
    const port = await start(createServer({ ...rsa, minVersion: "TLSv1.2" }));
    expect(await negotiate(port, "AES128-SHA", "TLSv1.2")).toBe("AES128-SHA");
  });
});
