import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClientCredentialsToken, Context } from "oidc-provider";
import type { PoolConfig } from "pg";
import { askedTokens } from "./contender";
import { makeAdapterFactory } from "./oidc-provider-adapter";

/** oidc-provider's process. See `oidc-provider.ts`. */
const authMethods = { abbeycross: "client_secret_post", firstvision: "client_secret_basic" } as const;

type ComparedContract = keyof typeof authMethods;

const comparedContracts = Object.keys(authMethods) as ComparedContract[];

function configuration(connection: PoolConfig): object {
  return {
    adapter: makeAdapterFactory(connection),
    clients: comparedContracts.map((id) => ({
      client_id: id,
      client_secret: process.env.BENCH_SECRET,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      scope: askedTokens[id].scope,
      token_endpoint_auth_method: authMethods[id],
    })),
    jwks: { keys: [ownKey("ES256"), ownKey("RS256")] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    scopes: comparedContracts.flatMap((id) => askedTokens[id].scope.split(" ")),
    ttl: { ClientCredentials: askedTokens.abbeycross.lifetimeSeconds },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: resourceServer },
    },
  };
}

function ownKey(alg: "ES256" | "RS256"): object {
  const { privateKey }: { privateKey: KeyObject } =
    alg === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: `bench-${alg}` };
}

function resourceServer(_context: unknown, resource: string): object {
  const { scope, algorithm, lifetimeSeconds } = askedTokens[resource.slice("urn:bench:".length) as ComparedContract];
  return { scope, audience: resource, accessTokenTTL: lifetimeSeconds, accessTokenFormat: "jwt", jwt: { sign: { alg: algorithm } } };
}

/**
 * oidc-provider passes only opaque tokens to its adapter and never stores a JWT. This passes the token to the adapter before the
 * answer is sent, so that it keeps a record as the other servers do.
 */
async function store(context: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const token = context.oidc?.entities.ClientCredentials;
  if (token !== undefined) await token.adapter.upsert(token.jti, payloadOf(token), token.remainingTTL);
}

function payloadOf({ jti, iat, exp, clientId, scope, aud, kind }: ClientCredentialsToken): object {
  return { jti, iat, exp, clientId, scope, aud, kind };
}

async function main(): Promise<void> {
  const { default: Provider } = await import("oidc-provider");
  const provider = new Provider("http://oidc-provider.test", configuration(JSON.parse(process.env.BENCH_CONNECTION ?? "") as PoolConfig));
  provider.use(store);
  const server = createServer(provider.callback());
  server.keepAliveTimeout = 65_000;
  server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
}

process.on("disconnect", () => process.exit());
void main();
