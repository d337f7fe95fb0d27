/** Contracts with hand-written requests: their names, paths and statuses, and good token requests by each of them. */
import { decode } from "jsonwebtoken";
import { readConfig } from "../../src/config";
import type { TestOptions, TestPolymint } from "../../src/testkit";
import { mustConform } from "./conformance";
import { jwtBearer } from "./assertion-client";

/** The time limits of a server without any settings. */
export const defaultTimeLimits: TestOptions = (() => {
  const { databasePool, databaseConnectTimeoutMs, databaseStatementTimeoutMs, edge } = readConfig({}, []);
  return {
    poolMax: databasePool,
    connectTimeoutMs: databaseConnectTimeoutMs,
    statementTimeoutMs: databaseStatementTimeoutMs,
    requestWaitMs: edge.requestWaitMs,
  };
})();

export const contractNames = ["weavr", "raidiam", "abbeycross", "screening-eagle", "firstvision"] as const;
export type ContractName = (typeof contractNames)[number];

/** The path of each contract's token endpoint. */
export const tokenPaths = {
  weavr: "/access_token",
  raidiam: "/token",
  abbeycross: "/v1/oauth/token",
  "screening-eagle": "/api/id/v1/auth/token",
  firstvision: "/v1/api/oauth/token",
} as const satisfies Record<ContractName, string>;

/** A response to a token request, and how long it took. */
export interface TokenResponse {
  contract: ContractName;
  status: number;
  headers: Readonly<Record<string, string>>;
  text: string;
  /** Milliseconds from the request to the end of the response. */
  ms: number;
  /** The id of the token, if the response has one. */
  jti: string | undefined;
}

/** Requests a token by one contract, with valid credentials. Rejects if there is no response at all. */
export type RequestToken = (contract: ContractName) => Promise<TokenResponse>;

/** A server, and the clients that can request tokens from it. */
export type TokenServer = Pick<TestPolymint, "clients" | "user" | "url" | "issuer">;

/** Logs in the weavr user now, so that later requests need no login while a fault lasts. */
export async function makeRequestToken(polymint: TokenServer): Promise<RequestToken> {
  const { clients, user, url } = polymint;
  const apiKey = { "api-key": clients.weavr.secret, "content-type": "application/json" };
  const login = await fetch(`${url}/login_with_password`, {
    method: "POST",
    headers: apiKey,
    body: JSON.stringify({ email: user.email, password: { value: user.password } }),
  });
  const { token: authToken } = (await login.json()) as { token: string };
  const requests = makeTokenRequests(polymint, apiKey, authToken);
  return async (contract) => {
    const { target, ...init } = requests[contract]();
    const beganAt = performance.now();
    const response = await fetch(`${url}${target}`, { method: "POST", ...init });
    const text = await response.text();
    const ms = performance.now() - beganAt;
    const { status } = response;
    return { contract, status, headers: Object.fromEntries(response.headers), text, ms, jti: status === 200 ? jtiIn(text) : undefined };
  };
}

interface TokenRequestParts {
  target: string;
  headers: Record<string, string>;
  body?: string;
}

function makeTokenRequests(
  { clients, user, issuer }: TokenServer,
  apiKey: Record<string, string>,
  authToken: string,
): Record<ContractName, () => TokenRequestParts> {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const basic = (name: ContractName) => ({
    authorization: `Basic ${Buffer.from(`${clients[name].clientId}:${clients[name].secret}`).toString("base64")}`,
  });
  return {
    weavr: () => ({
      target: tokenPaths.weavr,
      headers: { ...apiKey, authorization: `Bearer ${authToken}` },
      body: JSON.stringify({ identity: user.identities[0] }),
    }),
    raidiam: () => ({
      target: tokenPaths.raidiam,
      headers: form,
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_assertion_type: jwtBearer,
        client_assertion: clients.raidiam.assertion(issuer),
      }).toString(),
    }),
    abbeycross: () => ({
      target: tokenPaths.abbeycross,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_id: clients.abbeycross.clientId, client_secret: clients.abbeycross.secret }),
    }),
    "screening-eagle": () => ({
      target: tokenPaths["screening-eagle"],
      headers: { ...form, ...basic("screening-eagle") },
      body: "grant_type=client_credentials&scope=inspect",
    }),
    firstvision: () => ({ target: `${tokenPaths.firstvision}?scope=edit`, headers: basic("firstvision") }),
  };
}

function jtiIn(text: string): string {
  const { access_token, token } = JSON.parse(text) as { access_token?: string; token?: string };
  const { jti } = decode(access_token ?? token ?? "") as { jti: string };
  return jti;
}

/** The status of each contract while the database is unreachable, or too slow. */
export const unavailableStatuses = {
  unreachable: { weavr: 503, raidiam: 502, abbeycross: 503, "screening-eagle": 500, firstvision: 503 },
  timed_out: { weavr: 503, raidiam: 504, abbeycross: 503, "screening-eagle": 500, firstvision: 503 },
} as const satisfies Record<string, Record<ContractName, number>>;

/** @throws Error if the response does not conform to its contract's spec, or may be cached */
export function mustBeWellFormed({ contract, status, headers, text }: TokenResponse): void {
  mustConform({ status, headers, text }, contract, tokenPaths[contract]);
  if (headers["cache-control"] !== "no-store") throw new Error(`${contract} ${status} may be cached`);
}
