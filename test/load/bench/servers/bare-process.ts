import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PoolConfig } from "pg";
import { makeJti } from "../../../../src/engine/jti";
import { makeBareLedger } from "./bare-ledger";
import { askedTokens, type ComparedContract } from "./contender";

/** The bare server's process. See `bare.ts`. */
const issuer = "http://bare.test";
const secrets = new Map(Object.keys(askedTokens).map((id) => [id, process.env.BENCH_SECRET]));
const record = makeBareLedger(JSON.parse(process.env.BENCH_CONNECTION ?? "") as PoolConfig);

const keys: Record<ComparedContract, KeyObject> = {
  abbeycross: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  firstvision: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
};
const headers: Record<ComparedContract, string> = {
  abbeycross: encodePart({ alg: "ES256", typ: "at+jwt", kid: "bench" }),
  firstvision: encodePart({ alg: "RS256", typ: "at+jwt", kid: "bench" }),
};

function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

interface PresentedCredentials {
  id: string | undefined;
  secret: string | undefined;
  scope: string;
}

function readAbbeycross(body: string): PresentedCredentials {
  const { client_id: id, client_secret: secret } = JSON.parse(body) as Record<string, string | undefined>;
  return { id, secret, scope: askedTokens.abbeycross.scope };
}

function readFirstvision(request: IncomingMessage): PresentedCredentials {
  const [id, secret] = Buffer.from((request.headers.authorization ?? "").slice("Basic ".length), "base64")
    .toString()
    .split(":");
  const scope = new URLSearchParams((request.url ?? "").split("?")[1]).get("scope") ?? "";
  return { id, secret, scope };
}

async function issue(contract: ComparedContract, clientId: string, scope: string): Promise<Record<string, unknown>> {
  const now = Date.now();
  const issuedAt = Math.floor(now / 1000);
  const expiresAt = issuedAt + askedTokens[contract].lifetimeSeconds;
  const jti = makeJti(now);
  const own = contract === "abbeycross" ? { sub: clientId, aud: issuer } : { firstVisionId: "00000AUNAB" };
  const claims = { ...own, client_id: clientId, scope, iss: issuer, iat: issuedAt, exp: expiresAt, jti };
  const token = await signToken(contract, claims);
  await record({ jti, issuedAt, expiresAt, contract: contract, clientId, scope });
  return contract === "abbeycross"
    ? { access_token: token, token_type: "Bearer", expires_in: askedTokens.abbeycross.lifetimeSeconds, scope }
    : { access_token: token, expires_in: expiresAt, token_type: "Bearer" };
}

/** Signs as `src/keys/signer.ts` does: ES256 in the event loop, RSA in the thread pool. */
function signToken(contract: ComparedContract, claims: object): string | Promise<string> {
  const input = `${headers[contract]}.${encodePart(claims)}`;
  const options = { key: keys[contract], dsaEncoding: "ieee-p1363" } as const;
  if (contract === "abbeycross") return `${input}.${sign("sha256", Buffer.from(input), options).toString("base64url")}`;
  return new Promise((resolve, reject) => {
    sign("sha256", Buffer.from(input), options, (error, signature) => {
      if (error === null) resolve(`${input}.${signature.toString("base64url")}`);
      else reject(error);
    });
  });
}

async function writeAnswer(
  contract: ComparedContract,
  { id, secret, scope }: PresentedCredentials,
  response: ServerResponse,
): Promise<void> {
  const known = id !== undefined && secret !== undefined && secrets.get(id) === secret;
  const body = JSON.stringify(known ? await issue(contract, id, scope) : { error: "invalid_client" });
  response.writeHead(known ? 200 : 401, {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const abbeycross = request.url === "/v1/oauth/token";
    const presented = abbeycross ? readAbbeycross(Buffer.concat(chunks).toString()) : readFirstvision(request);
    void writeAnswer(abbeycross ? "abbeycross" : "firstvision", presented, response);
  });
});
server.keepAliveTimeout = 65_000;
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());
