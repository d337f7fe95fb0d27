/** A client's own server, which serves its key set at any path, and clients whose keys are there. */
import { generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import { sign } from "jsonwebtoken";
import { jwtBearer } from "./assertion-client";

export interface KeyServer {
  uri: string;
  /** How many requests it has had. */
  requests: number;
  /** How many of these are being answered. */
  open: number;
  answer: RequestListener;
  down(): Promise<void>;
}

const running = new Set<Server>();

/** Starts one; call `stopKeyServers` at the end. */
export async function makeKeyServer(answer: RequestListener): Promise<KeyServer> {
  const server = createServer((incoming, outgoing) => {
    own.requests += 1;
    own.open += 1;
    outgoing.once("close", () => (own.open -= 1));
    own.answer(incoming, outgoing);
  });
  running.add(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const own: KeyServer = { uri: `http://127.0.0.1:${port}/jwks`, requests: 0, open: 0, answer, down: () => stopServer(server) };
  return own;
}

async function stopServer(server: Server): Promise<void> {
  running.delete(server);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

export async function stopKeyServers(): Promise<void> {
  await Promise.all([...running].map(stopServer));
}

/** A key of a client. */
export interface ClientKey {
  kid: string;
  privateKey: KeyObject;
  jwk: JsonWebKey;
}

export function makeKey(kid: string): ClientKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: "jwk" }), kid } };
}

/** Answers with these keys. */
export const serveKeys =
  (...keys: readonly (JsonWebKey | null)[]): RequestListener =>
  (_incoming, outgoing) =>
    outgoing.end(JSON.stringify({ keys }));

/** Accepts a request and never answers it. */
export const hang: RequestListener = () => undefined;

/** Makes a token request of the raidiam contract. @param clientId of a client that claims to hold the key. @param now epoch milliseconds */
export function makeAssertionForm(
  clientId: string,
  { privateKey }: Pick<ClientKey, "privateKey">,
  { issuer, now, kid }: { issuer: string; now: number; kid?: string | undefined },
): Record<string, string> {
  const seconds = Math.floor(now / 1000);
  const claims = { iss: clientId, sub: clientId, aud: issuer, iat: seconds, exp: seconds + 60, jti: randomUUID() };
  return {
    grant_type: "client_credentials",
    client_assertion_type: jwtBearer,
    client_assertion: sign(claims, privateKey, { algorithm: "ES256", ...(kid === undefined ? {} : { keyid: kid }) }),
  };
}
