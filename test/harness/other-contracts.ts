/** Contracts of shapes that no built-in contract has, as another folder would bring them. */
import { readBasic, readGrant } from "../../src/contracts/kit";
import type { DemoFacts } from "../../src/contracts/demo";
import { wire, type WiredContract } from "../../src/contracts/wire";
import type { Issued } from "../../src/engine/decision";
import type { Refusal, RefusalCode } from "../../src/engine/refusal";
import type { Credential } from "../../src/engine/token-request";
import { noCorrelation, type Reply, type SomeRequest } from "../../src/http/api";

const base = { openapi: "3.0.3", info: { title: "Test", version: "1" }, servers: [{ url: "/" }] };
const text = { type: "string", maxLength: 512 };
const object = (properties: object) => ({ type: "object", required: Object.keys(properties), properties });
const answer = (schema: object) => ({ description: "An answer.", content: { "application/json": { schema } } });
const fault = answer(object({ fault: text }));
const headers = { "Cache-Control": "no-store" };

const statuses: Partial<Record<RefusalCode, number>> = {
  ...{ invalid_client: 401, client_disabled: 401, access_denied: 403, subject_not_found: 404, not_found: 404, method_not_allowed: 405 },
  ...{ payload_too_large: 413, unsupported_media_type: 415, throttled: 429, server_error: 500 },
  ...{ outside_hours: 503, not_ready: 503, dependency_unreachable: 503, dependency_timeout: 504 },
};

function refuse({ code, allow, retryAfterSeconds = 1 }: Refusal): Reply {
  const status = statuses[code] ?? 400;
  const more =
    status === 405 ? { Allow: allow.join(", ") } : [429, 503].includes(status) ? { "Retry-After": String(retryAfterSeconds) } : {};
  return { status, headers: { ...headers, ...more }, body: { fault: code } };
}

const client = { name: "Demo client of a test", scopes: ["ebb", "flow"] };
const policy = { scope: "registered", algorithm: "ES256", claims: () => ({}) } as const;

function secretOf({ id, secret }: Readonly<Record<string, string | undefined>>): Credential[] {
  return id === undefined || secret === undefined ? [] : [{ method: "client_secret_post", clientId: id, clientSecret: secret }];
}

const inQuery = (name: string) => ({ in: "query", name, schema: text });
const realm = { in: "path", name: "realm", required: true, schema: { type: "string", maxLength: 8 } };
const tidePaths = {
  "/realms/{realm}/token": {
    parameters: [realm],
    get: {
      operationId: "issueTide",
      parameters: [inQuery("id"), inQuery("secret")],
      responses: { 200: answer(object({ token: text, realm: text, expires_in: text })), "4XX": fault, default: fault },
    },
  },
  "/realms/{realm}/revoke": { parameters: [realm], post: { operationId: "revokeTide", responses: { 200: { description: "Done." } } } },
  "/realms/{realm}/ask": { parameters: [realm], get: { operationId: "askForTide", responses: { 200: { description: "Done." } } } },
};

/** GET with the credentials in the query and a parameter in the path, at a prefix and a host; it has operations that issue no token. */
export const tide: WiredContract = wire<Record<string, unknown>>("tide", { ...base, paths: tidePaths }, {
  policy: {
    ...policy,
    ...{ authMethods: ["client_secret_post"], grants: ["client_credentials"], lifetimeSeconds: 120 },
    ...{ prefix: "/tide", host: "auth.tide.example" },
  },
  correlation: noCorrelation,
  operations: {
    issueTide: {
      read: ({ query }: SomeRequest) => ({
        credentials: secretOf(query as Record<string, string>),
        grant: { type: "client_credentials", scope: undefined },
      }),
      grant: ({ accessToken, expiresAt, issuedAt }: Issued) => ({
        ...{ status: 200, headers },
        body: { token: accessToken, realm: "north", expires_in: String(expiresAt - issuedAt) },
      }),
      refuse,
    },
    revokeTide: "revokeToken",
    askForTide: "left_out",
  },
  demo: {
    client: { ...client, id: "demo-tide" },
    request: ({ clientId, secret }: DemoFacts) => ({ method: "GET", path: `/realms/north/token?id=${clientId}&secret=${secret}` }),
  },
} as never);

const names = { code: "code", redirectUri: "redirect_uri", codeVerifier: "code_verifier" } as const;
const emberForm = object({ code: text, redirect_uri: text, code_verifier: text });

/** No grant but the authorization code, and the time of expiry in milliseconds; at a prefix and a host, with a mapped operation. */
export const ember: WiredContract = wire<Record<string, unknown>>(
  "ember",
  {
    ...base,
    paths: {
      "/ember": {
        post: {
          operationId: "issueEmber",
          requestBody: { required: true, content: { "application/x-www-form-urlencoded": { schema: emberForm } } },
          responses: { 200: answer(object({ data: object({ token: text, expires: { type: "integer" } }) })), default: fault },
        },
      },
      "/ember/checks": { post: { operationId: "checkEmber", responses: { 200: { description: "Done." } } } },
    },
  },
  {
    policy: {
      ...policy,
      ...{ authMethods: ["client_secret_basic"], grants: ["authorization_code"], lifetimeSeconds: 90 },
      ...{ prefix: "/forge", host: "auth.ember.example" },
    },
    correlation: noCorrelation,
    operations: {
      issueEmber: {
        read: ({ headers: { authorization }, body }: SomeRequest) => {
          const basic = readBasic(authorization);
          const grant = readGrant(body as Record<keyof typeof names, string>, names as never, { authorization_code: "authorization_code" });
          return { credentials: basic === undefined ? [] : [basic], grant };
        },
        grant: ({ accessToken, expiresAt }: Issued) => ({
          ...{ status: 200, headers },
          body: { data: { token: accessToken, expires: expiresAt * 1000 } },
        }),
        refuse,
      },
      checkEmber: "introspectToken",
    },
    demo: {
      client: { ...client, id: "demo-ember", redirectUris: ["https://app.ember.example/back"] },
      request: ({ clientId, secret, code }: DemoFacts) => {
        const wish = { redirectUri: "https://app.ember.example/back", scope: "ebb", codeVerifier: "v".repeat(43) };
        const form = { code: code(wish), redirect_uri: wish.redirectUri, code_verifier: wish.codeVerifier };
        return { path: "/ember", basic: { user: clientId, password: secret }, form };
      },
    },
  } as never,
);
