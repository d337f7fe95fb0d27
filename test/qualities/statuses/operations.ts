import { registerApp } from "../../harness/screening-eagle-app";
import { registerDevice } from "../../harness/device-client";
import { jwtBearer } from "../../harness/assertion-client";
import { basic } from "../../harness/bearer-tokens";
import { newUser } from "../bad-input/rows/step-up";
import { authTokenOf, keyOf } from "../bad-input/rows/weavr";
import { type Draft, type Pair, send } from "../bad-input/request-builder";
import { post, postJson } from "../bad-input/fixture";
import type { Asked } from "./cause";
import type { Stage } from "./stage";

const get = (path: string, headers: readonly Pair[] = []): Draft => ({ method: "GET", path, query: [], headers });

function proofOf({ polymint }: Stage, contract: string): Pair {
  const { clientId = "", secret = "" } = polymint.clients[contract] ?? {};
  return ["Authorization", basic(clientId, secret)];
}

const bearer = (token: string): Pair => ["Authorization", `Bearer ${token}`];

async function verifying(stage: Stage): Promise<Draft> {
  const asking = await newUser(stage);
  const { challengeId } = JSON.parse((await send(stage.polymint.url, asking)).text) as { challengeId: string };
  const verificationCode = stage.polymint.otps.at(-1)?.code ?? "";
  return postJson("/stepup/challenges/otp/verify", asking.headers, { challengeId, verificationCode });
}

/** A client that may ask about tokens, and a token of its own. */
async function aboutAToken({ polymint }: Stage, path: string): Promise<Draft> {
  const app = await registerApp(polymint);
  const { access_token: token } = await app.tokens();
  return post(path, [["Authorization", app.authorization]], { token });
}

async function askingWho({ polymint }: Stage): Promise<Draft> {
  const { access_token: token } = await (await registerApp(polymint)).tokens();
  return get("/userinfo", [bearer(token)]);
}

async function exchanging(stage: Stage): Promise<Draft> {
  const { type = "", id = "" } = stage.polymint.user.identities[0] ?? {};
  const headers = [keyOf(stage), bearer(await authTokenOf(stage))];
  return postJson("/access_token", headers, { "identity.type": type, "identity.id": id });
}

/** A good request for every operation of every spec. */
export const operations = {
  abbeycross: {
    ...{ contract: "abbeycross", method: "post", path: "/v1/oauth/token" },
    draft: async ({ polymint: { clients } }) => {
      const { clientId = "", secret = "" } = clients.abbeycross ?? {};
      return postJson("/v1/oauth/token", [], { client_id: clientId, client_secret: secret });
    },
  },
  firstvision: {
    ...{ contract: "firstvision", method: "post", path: "/v1/api/oauth/token" },
    draft: async (stage) => {
      const headers = [proofOf(stage, "firstvision")];
      return { method: "POST", path: "/v1/api/oauth/token", query: [["scope", "edit"]], headers };
    },
  },
  raidiam: {
    ...{ contract: "raidiam", method: "post", path: "/token" },
    draft: async ({ polymint }) => {
      const client_assertion = polymint.clients.raidiam?.assertion(polymint.issuer) ?? "";
      return post("/token", [], { grant_type: "client_credentials", client_assertion_type: jwtBearer, client_assertion });
    },
  },
  screeningEagle: {
    ...{ contract: "screening-eagle", method: "post", path: "/api/id/v1/auth/token" },
    draft: async (stage) =>
      post("/api/id/v1/auth/token", [proofOf(stage, "screening-eagle")], { grant_type: "client_credentials", scope: "inspect" }),
  },
  weavr: { ...{ contract: "weavr", method: "post", path: "/access_token" }, draft: exchanging },
  device: {
    ...{ contract: "device-authorization", method: "post", path: "/device_authorization" },
    draft: async ({ polymint }) => post("/device_authorization", [], { client_id: await registerDevice(polymint) }),
  },
  keys: { ...{ contract: "discovery", method: "get", path: "/.well-known/jwks.json" }, draft: async () => get("/.well-known/jwks.json") },
  serverMetadata: {
    ...{ contract: "discovery", method: "get", path: "/.well-known/oauth-authorization-server" },
    draft: async () => get("/.well-known/oauth-authorization-server"),
  },
  openidConfiguration: {
    ...{ contract: "discovery", method: "get", path: "/.well-known/openid-configuration" },
    draft: async () => get("/.well-known/openid-configuration"),
  },
  live: { ...{ contract: "health", method: "get", path: "/health/live" }, draft: async () => get("/health/live") },
  ready: { ...{ contract: "health", method: "get", path: "/health/ready" }, draft: async () => get("/health/ready") },
  login: {
    ...{ contract: "weavr-login", method: "post", path: "/login_with_password" },
    draft: async (stage) => {
      const { email, password } = stage.polymint.user;
      return postJson("/login_with_password", [keyOf(stage)], { email, "password.value": password });
    },
  },
  introspection: {
    ...{ contract: "oauth2", method: "post", path: "/oauth2/introspect" },
    draft: (stage) => aboutAToken(stage, "/oauth2/introspect"),
  },
  revocation: {
    ...{ contract: "oauth2", method: "post", path: "/oauth2/revoke" },
    draft: (stage) => aboutAToken(stage, "/oauth2/revoke"),
  },
  challenge: { ...{ contract: "weavr-step-up", method: "post", path: "/stepup/challenges/otp" }, draft: newUser },
  verification: { ...{ contract: "weavr-step-up", method: "post", path: "/stepup/challenges/otp/verify" }, draft: verifying },
  userinfo: { ...{ contract: "userinfo", method: "get", path: "/userinfo" }, draft: askingWho },
} as const satisfies Record<string, Asked>;

export const allOperations: readonly Asked[] = Object.values(operations);
