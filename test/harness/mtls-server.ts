/** A Polymint that speaks TLS and asks for client certificates. */
import type { Response } from "supertest";
import type { Registration } from "../../src/registration/registration";
import { startPolymint, type TestOptions, type TestPolymint } from "../../src/testkit";
import { type Authority, type TestCertificate, makeAuthority, makeServerIdentity } from "./certificates";
import { mustConform } from "./conformance";
import { makeTlsClient, type TlsClient } from "./tls-client";

/** A Polymint with a TLS listener that trusts the client certificates of one authority. */
export interface MtlsServer {
  polymint: TestPolymint;
  authority: Authority;
  /** PEM of the authority that issued the server's certificate. */
  serverCa: string;
  /** Makes a client with a connection of its own, which shows this certificate. */
  connect(certificate: TestCertificate | undefined): TlsClient;
  /** Registers a raidiam client. @returns its id */
  register(registration: Omit<Registration, "contracts">): Promise<string>;
  stop(): Promise<void>;
}

/** Starts it. Its clock is set to the present time, since OpenSSL uses that. */
export async function startMtlsServer(options: TestOptions = {}, moreAuthorities: readonly Authority[] = []): Promise<MtlsServer> {
  const authority = await makeAuthority("C=GB, O=Directory, CN=Client CA");
  const { ca: serverCa, cert, key } = await makeServerIdentity();
  const clientCa = [authority, ...moreAuthorities].map((one) => one.cert).join("\n");
  const polymint = await startPolymint({ startAt: Date.now(), tls: { cert, key, clientCa }, ...options });
  const open: TlsClient[] = [];
  return {
    polymint,
    authority,
    serverCa,
    connect: (certificate) => {
      const client = makeTlsClient(polymint.tlsUrl ?? "", serverCa, certificate);
      open.push(client);
      return client;
    },
    register: async (registration) => (await polymint.register({ contracts: ["raidiam"], ...registration })).client.id,
    stop: async () => {
      await Promise.all(open.map((client) => client.close()));
      await polymint.stop();
    },
  };
}

/** Waits for a response of raidiam's token endpoint, and checks its status and the spec. @returns its body */
export async function expectRaidiamResponse(status: number, pending: Promise<Response>): Promise<Record<string, unknown>> {
  const response = await pending;
  expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, "raidiam", "/token");
  return response.body as Record<string, unknown>;
}

/** Waits for a token of raidiam's. @returns the access token */
export async function expectRaidiamToken(pending: Promise<Response>): Promise<string> {
  return (await expectRaidiamResponse(200, pending)).access_token as string;
}
