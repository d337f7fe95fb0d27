import type { Response } from "supertest";
import type { Registration } from "../../src/registration/register";
import { startPolymint, type TestOptions, type TestPolymint } from "../../src/testkit";
import { type Authority, type TestCertificate, makeAuthority, makeServerIdentity } from "./certificates";
import { mustConform } from "./conformance";
import { makeTlsClient, type TlsClient } from "./tls-client";

/** A Polymint with a TLS listener, and the authority whose client certificates it trusts. */
export interface MtlsServer {
  polymint: TestPolymint;
  authority: Authority;
  /** Of the server's certificate. */
  serverCa: string;
  /** A client on a connection of its own. */
  connect(holder: TestCertificate | undefined): TlsClient;
  /** Registers a raidiam client. */
  register(registration: Omit<Registration, "contracts">): Promise<string>;
  stop(): Promise<void>;
}

/** Its clock stands at the present: OpenSSL has no other. */
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
    connect: (holder) => {
      const client = makeTlsClient(polymint.tlsUrl ?? "", serverCa, holder);
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

/** An answer of raidiam's token endpoint, checked against its spec. */
export async function expectRaidiamResponse(status: number, answering: Promise<Response>): Promise<Record<string, unknown>> {
  const response = await answering;
  expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, "raidiam", "/token");
  return response.body as Record<string, unknown>;
}

export async function expectRaidiamToken(answering: Promise<Response>): Promise<string> {
  return (await expectRaidiamResponse(200, answering)).access_token as string;
}
