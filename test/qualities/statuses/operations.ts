/** Every operation of every spec, with a good request for it. */
import { registerApp } from "../../harness/screening-eagle-app";
import { registerDevice } from "../../harness/device-client";
import { jwtBearer } from "../../harness/assertion-client";
import { basic } from "../../harness/bearer-tokens";
import { tokenPaths } from "../../harness/token-requests";
import { makeChallengeRequest } from "../bad-input/rows/step-up";
import { issueAuthToken, apiKeyField } from "../bad-input/rows/weavr";
import { type RawRequest, type RequestField, send } from "../bad-input/request-builder";
import { makeFormRequest, makeJsonRequest } from "../bad-input/fixture";
import type { TestedOperation } from "./cause";
import type { StatusServers } from "./servers";

const makeGetRequest = (path: string, headers: readonly RequestField[] = []): RawRequest => ({ method: "GET", path, query: [], headers });

function basicField({ polymint }: StatusServers, contract: string): RequestField {
  const { clientId = "", secret = "" } = polymint.clients[contract] ?? {};
  return ["Authorization", basic(clientId, secret)];
}

const bearerField = (token: string): RequestField => ["Authorization", `Bearer ${token}`];

async function makeVerificationRequest(servers: StatusServers): Promise<RawRequest> {
  const asking = await makeChallengeRequest(servers);
  const { challengeId } = JSON.parse((await send(servers.polymint.url, asking)).text) as { challengeId: string };
  const verificationCode = servers.polymint.otps.at(-1)?.code ?? "";
  return makeJsonRequest("/stepup/challenges/otp/verify", asking.headers, { challengeId, verificationCode });
}

/** Introspection or revocation of a token, by the client that it was issued to. */
async function makeTokenServiceRequest({ polymint }: StatusServers, path: string): Promise<RawRequest> {
  const app = await registerApp(polymint);
  const { access_token: token } = await app.tokens();
  return makeFormRequest(path, [["Authorization", app.authorization]], { token });
}

async function makeUserinfoRequest({ polymint }: StatusServers): Promise<RawRequest> {
  const { access_token: token } = await (await registerApp(polymint)).tokens();
  return makeGetRequest("/userinfo", [bearerField(token)]);
}

async function makeUserinfoPost({ polymint }: StatusServers): Promise<RawRequest> {
  const { access_token } = await (await registerApp(polymint)).tokens();
  return makeFormRequest("/userinfo", [], { access_token });
}

async function makeExchangeRequest(servers: StatusServers): Promise<RawRequest> {
  const { type = "", id = "" } = servers.polymint.user.identities[0] ?? {};
  const headers = [apiKeyField(servers), bearerField(await issueAuthToken(servers))];
  return makeJsonRequest(tokenPaths.weavr, headers, { "identity.type": type, "identity.id": id });
}

export const operations = {
  abbeycross: {
    ...{ contract: "abbeycross", method: "post", path: tokenPaths.abbeycross },
    makeRequest: async ({ polymint: { clients } }) => {
      const { clientId, secret } = clients.abbeycross;
      return makeJsonRequest(tokenPaths.abbeycross, [], { client_id: clientId, client_secret: secret });
    },
  },
  firstvision: {
    ...{ contract: "firstvision", method: "post", path: tokenPaths.firstvision },
    makeRequest: async (servers) => {
      const headers = [basicField(servers, "firstvision")];
      return { method: "POST", path: tokenPaths.firstvision, query: [["scope", "edit"]], headers };
    },
  },
  raidiam: {
    ...{ contract: "raidiam", method: "post", path: tokenPaths.raidiam },
    makeRequest: async ({ polymint }) => {
      const client_assertion = polymint.clients.raidiam.assertion(polymint.issuer);
      return makeFormRequest(tokenPaths.raidiam, [], {
        grant_type: "client_credentials",
        client_assertion_type: jwtBearer,
        client_assertion,
      });
    },
  },
  screeningEagle: {
    ...{ contract: "screening-eagle", method: "post", path: tokenPaths["screening-eagle"] },
    makeRequest: async (servers) =>
      makeFormRequest(tokenPaths["screening-eagle"], [basicField(servers, "screening-eagle")], {
        grant_type: "client_credentials",
        scope: "inspect",
      }),
  },
  weavr: { ...{ contract: "weavr", method: "post", path: tokenPaths.weavr }, makeRequest: makeExchangeRequest },
  device: {
    ...{ contract: "device-authorization", method: "post", path: "/device_authorization" },
    makeRequest: async ({ polymint }) => makeFormRequest("/device_authorization", [], { client_id: await registerDevice(polymint) }),
  },
  keys: {
    ...{ contract: "discovery", method: "get", path: "/.well-known/jwks.json" },
    makeRequest: async () => makeGetRequest("/.well-known/jwks.json"),
  },
  serverMetadata: {
    ...{ contract: "discovery", method: "get", path: "/.well-known/oauth-authorization-server" },
    makeRequest: async () => makeGetRequest("/.well-known/oauth-authorization-server"),
  },
  openidConfiguration: {
    ...{ contract: "discovery", method: "get", path: "/.well-known/openid-configuration" },
    makeRequest: async () => makeGetRequest("/.well-known/openid-configuration"),
  },
  live: { ...{ contract: "health", method: "get", path: "/health/live" }, makeRequest: async () => makeGetRequest("/health/live") },
  ready: { ...{ contract: "health", method: "get", path: "/health/ready" }, makeRequest: async () => makeGetRequest("/health/ready") },
  login: {
    ...{ contract: "weavr-login", method: "post", path: "/login_with_password" },
    makeRequest: async (servers) => {
      const { email, password } = servers.polymint.user;
      return makeJsonRequest("/login_with_password", [apiKeyField(servers)], { email, "password.value": password });
    },
  },
  introspection: {
    ...{ contract: "oauth2", method: "post", path: "/oauth2/introspect" },
    makeRequest: (servers) => makeTokenServiceRequest(servers, "/oauth2/introspect"),
  },
  revocation: {
    ...{ contract: "oauth2", method: "post", path: "/oauth2/revoke" },
    makeRequest: (servers) => makeTokenServiceRequest(servers, "/oauth2/revoke"),
  },
  challenge: { ...{ contract: "weavr-step-up", method: "post", path: "/stepup/challenges/otp" }, makeRequest: makeChallengeRequest },
  verification: {
    ...{ contract: "weavr-step-up", method: "post", path: "/stepup/challenges/otp/verify" },
    makeRequest: makeVerificationRequest,
  },
  userinfo: { ...{ contract: "userinfo", method: "get", path: "/userinfo" }, makeRequest: makeUserinfoRequest },
  userinfoByPost: { ...{ contract: "userinfo", method: "post", path: "/userinfo" }, makeRequest: makeUserinfoPost },
} as const satisfies Record<string, TestedOperation>;

export const allOperations: readonly TestedOperation[] = Object.values(operations);
