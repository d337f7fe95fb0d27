import { registerApp } from "../../harness/screening-eagle-app";
import { registerDevice } from "../../harness/device-client";
import { jwtBearer } from "../../harness/assertion-client";
import { basic } from "../../harness/bearer-tokens";
import { makeChallengeRequest } from "../bad-input/rows/step-up";
import { issueAuthToken, apiKeyField } from "../bad-input/rows/weavr";
import { type RawRequest, type RequestField, send } from "../bad-input/request-builder";
import { makeFormRequest, makeJsonRequest } from "../bad-input/fixture";
import type { TestedOperation } from "./cause";
import type { StatusServers } from "./stage";

const makeGetRequest = (path: string, headers: readonly RequestField[] = []): RawRequest => ({ method: "GET", path, query: [], headers });

function basicField({ polymint }: StatusServers, contract: string): RequestField {
  const { clientId = "", secret = "" } = polymint.clients[contract] ?? {};
  return ["Authorization", basic(clientId, secret)];
}

const bearerField = (token: string): RequestField => ["Authorization", `Bearer ${token}`];

async function makeVerificationRequest(stage: StatusServers): Promise<RawRequest> {
  const asking = await makeChallengeRequest(stage);
  const { challengeId } = JSON.parse((await send(stage.polymint.url, asking)).text) as { challengeId: string };
  const verificationCode = stage.polymint.otps.at(-1)?.code ?? "";
  return makeJsonRequest("/stepup/challenges/otp/verify", asking.headers, { challengeId, verificationCode });
}

/** A client that may ask about tokens, and a token of its own. */
async function makeTokenServiceRequest({ polymint }: StatusServers, path: string): Promise<RawRequest> {
  const app = await registerApp(polymint);
  const { access_token: token } = await app.tokens();
  return makeFormRequest(path, [["Authorization", app.authorization]], { token });
}

async function makeUserinfoRequest({ polymint }: StatusServers): Promise<RawRequest> {
  const { access_token: token } = await (await registerApp(polymint)).tokens();
  return makeGetRequest("/userinfo", [bearerField(token)]);
}

async function makeExchangeRequest(stage: StatusServers): Promise<RawRequest> {
  const { type = "", id = "" } = stage.polymint.user.identities[0] ?? {};
  const headers = [apiKeyField(stage), bearerField(await issueAuthToken(stage))];
  return makeJsonRequest("/access_token", headers, { "identity.type": type, "identity.id": id });
}

/** A good request for every operation of every spec. */
export const operations = {
  abbeycross: {
    ...{ contract: "abbeycross", method: "post", path: "/v1/oauth/token" },
    draft: async ({ polymint: { clients } }) => {
      const { clientId = "", secret = "" } = clients.abbeycross ?? {};
      return makeJsonRequest("/v1/oauth/token", [], { client_id: clientId, client_secret: secret });
    },
  },
  firstvision: {
    ...{ contract: "firstvision", method: "post", path: "/v1/api/oauth/token" },
    draft: async (stage) => {
      const headers = [basicField(stage, "firstvision")];
      return { method: "POST", path: "/v1/api/oauth/token", query: [["scope", "edit"]], headers };
    },
  },
  raidiam: {
    ...{ contract: "raidiam", method: "post", path: "/token" },
    draft: async ({ polymint }) => {
      const client_assertion = polymint.clients.raidiam?.assertion(polymint.issuer) ?? "";
      return makeFormRequest("/token", [], { grant_type: "client_credentials", client_assertion_type: jwtBearer, client_assertion });
    },
  },
  screeningEagle: {
    ...{ contract: "screening-eagle", method: "post", path: "/api/id/v1/auth/token" },
    draft: async (stage) =>
      makeFormRequest("/api/id/v1/auth/token", [basicField(stage, "screening-eagle")], {
        grant_type: "client_credentials",
        scope: "inspect",
      }),
  },
  weavr: { ...{ contract: "weavr", method: "post", path: "/access_token" }, draft: makeExchangeRequest },
  device: {
    ...{ contract: "device-authorization", method: "post", path: "/device_authorization" },
    draft: async ({ polymint }) => makeFormRequest("/device_authorization", [], { client_id: await registerDevice(polymint) }),
  },
  keys: {
    ...{ contract: "discovery", method: "get", path: "/.well-known/jwks.json" },
    draft: async () => makeGetRequest("/.well-known/jwks.json"),
  },
  serverMetadata: {
    ...{ contract: "discovery", method: "get", path: "/.well-known/oauth-authorization-server" },
    draft: async () => makeGetRequest("/.well-known/oauth-authorization-server"),
  },
  openidConfiguration: {
    ...{ contract: "discovery", method: "get", path: "/.well-known/openid-configuration" },
    draft: async () => makeGetRequest("/.well-known/openid-configuration"),
  },
  live: { ...{ contract: "health", method: "get", path: "/health/live" }, draft: async () => makeGetRequest("/health/live") },
  ready: { ...{ contract: "health", method: "get", path: "/health/ready" }, draft: async () => makeGetRequest("/health/ready") },
  login: {
    ...{ contract: "weavr-login", method: "post", path: "/login_with_password" },
    draft: async (stage) => {
      const { email, password } = stage.polymint.user;
      return makeJsonRequest("/login_with_password", [apiKeyField(stage)], { email, "password.value": password });
    },
  },
  introspection: {
    ...{ contract: "oauth2", method: "post", path: "/oauth2/introspect" },
    draft: (stage) => makeTokenServiceRequest(stage, "/oauth2/introspect"),
  },
  revocation: {
    ...{ contract: "oauth2", method: "post", path: "/oauth2/revoke" },
    draft: (stage) => makeTokenServiceRequest(stage, "/oauth2/revoke"),
  },
  challenge: { ...{ contract: "weavr-step-up", method: "post", path: "/stepup/challenges/otp" }, draft: makeChallengeRequest },
  verification: { ...{ contract: "weavr-step-up", method: "post", path: "/stepup/challenges/otp/verify" }, draft: makeVerificationRequest },
  userinfo: { ...{ contract: "userinfo", method: "get", path: "/userinfo" }, draft: makeUserinfoRequest },
} as const satisfies Record<string, TestedOperation>;

export const allOperations: readonly TestedOperation[] = Object.values(operations);
