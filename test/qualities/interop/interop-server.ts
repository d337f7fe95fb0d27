import { webcrypto } from "node:crypto";
import { Agent, fetch as undiciFetch, type RequestInit as UndiciInit } from "undici";
import { findFreePort, startPolymint, type TestPolymint } from "../../../src/testkit";
import { type TestCertificate, makeAuthority, makeServerIdentity } from "../../harness/certificates";

export const callback = "https://app.example.net/callback";

type TestFetch = (url: string, init?: object) => Promise<Response>;

/** The registered clients, with what each needs to authenticate. */
export interface InteropClients {
  /** Signs assertions, ES256; may introspect and revoke. */
  signer: { id: string; privateKey: webcrypto.CryptoKey };
  /** Authenticates with a certificate; may introspect and revoke. */
  holder: { id: string };
  /** A device without a secret. */
  device: { id: string };
  /** Sends people to the pages; may introspect and revoke. */
  app: { id: string; secret: string };
}

/** A server as clients meet it in production: https, a running clock, and clients that know only the issuer. */
export interface InteropServer {
  polymint: TestPolymint;
  issuer: URL;
  clients: InteropClients;
  /** PEM of the certificate authority of the server. */
  ca: string;
  /** `fetch` that trusts the server's certificate authority. */
  fetch: TestFetch;
  /** The same with the holder's certificate. */
  fetchWithCertificate: TestFetch;
  close(): Promise<void>;
}

/** Starts the server and registers its clients. */
export async function startInteropServer(): Promise<InteropServer> {
  const server = await makeServerIdentity();
  const authority = await makeAuthority("CN=Client CA");
  const certificate = await authority.issue({ subject: "C=GB, O=Acme, CN=machine" });
  const port = await findFreePort();
  const issuer = `https://localhost:${port}`;
  const polymint = await startPolymint({
    issuer,
    clock: "real",
    tls: { cert: server.cert, key: server.key, clientCa: authority.cert, port },
  });
  const [plain, showing] = [makeFetch(server.ca), makeFetch(server.ca, certificate)];
  return {
    polymint,
    issuer: new URL(issuer),
    clients: await registerClients(polymint),
    ca: server.ca,
    fetch: plain.fetch,
    fetchWithCertificate: showing.fetch,
    close: async () => {
      await Promise.all([plain.close(), showing.close()]);
      await polymint.stop();
    },
  };
}

/** Registers the clients at a server. */
export async function registerClients(polymint: TestPolymint): Promise<InteropClients> {
  const services = ["introspection", "revocation"] as const;
  const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const jwk = { ...(await webcrypto.subtle.exportKey("jwk", keys.publicKey)), kid: "k" } as Record<string, unknown>;
  const raidiam = { contracts: ["raidiam"], scopes: ["read", "write"] };
  const signer = await polymint.register({ ...raidiam, services, jwks: [jwk] });
  const tlsSubject = { kind: "subject_dn", value: "CN=machine,O=Acme,C=GB" } as const;
  const holder = await polymint.register({ ...raidiam, services, authMethods: ["tls_client_auth"], tlsSubject });
  const device = await polymint.register({ ...raidiam, name: "Hall display", authMethods: ["none"], grants: ["device_code"] });
  const scopes = ["openid", "email", "profile", "offline", "inspect"];
  const app = await polymint.register({ contracts: ["screening-eagle"], name: "Inspector", services, scopes, redirectUris: [callback] });
  return {
    signer: { id: signer.client.id, privateKey: keys.privateKey },
    holder: { id: holder.client.id },
    device: { id: device.client.id },
    app: { id: app.client.id, secret: app.secret?.value ?? "" },
  };
}

function makeFetch(ca: string, holder?: TestCertificate): { fetch: TestFetch; close(): Promise<void> } {
  const own = holder === undefined ? {} : { cert: holder.cert, key: holder.key };
  const dispatcher = new Agent({ connect: { ca, ...own } });
  return {
    fetch: async (url, init) => {
      const answer = await undiciFetch(url, { ...(init as UndiciInit), dispatcher });
      // The clients check for the global Response class, which is not undici's.
      const body = [204, 304].includes(answer.status) ? null : await answer.arrayBuffer();
      return Object.defineProperty(new Response(body, { status: answer.status, headers: [...answer.headers] }), "url", { value: url });
    },
    close: () => dispatcher.close(),
  };
}
