import type { Schema } from "../../src/contract-writer/document";
import { writeDemo } from "../../src/contract-writer/write-demo";
import { writeRead } from "../../src/contract-writer/write-read";
import { writeRefuse } from "../../src/contract-writer/write-refuse";
import { decided, type OperationParts, plan, text } from "./plan";

const basic = { basic: { type: "http", scheme: "basic" } };
const enumOf = (...values: string[]): Schema => ({ type: "string", enum: values });

describe("credentials are inferred", () => {
  it.each<[string, OperationParts, string[], string]>([
    ["a pair of fields", {}, ["client_secret_post"], "readClientCredentials({ headers, body,"],
    [
      "a pair of other names",
      { body: { appId: text, secretKey: text } },
      ["client_secret_post"],
      "client_id: body.appId, client_secret: body.secretKey",
    ],
    ["HTTP Basic", { body: { grant_type: text }, securitySchemes: basic }, ["client_secret_basic"], "body: {}"],
    [
      "HTTP Basic beside a person's password",
      { body: { username: text, password: text }, securitySchemes: basic },
      ["client_secret_basic"],
      "body: {}",
    ],
    ["both", { securitySchemes: basic }, ["client_secret_basic", "client_secret_post"], "headers, body,"],
    ["Basic beside a required secret", { securitySchemes: basic, required: ["client_secret"] }, ["client_secret_post"], "headers, body,"],
    ["an assertion", { body: { client_assertion: text, client_assertion_type: text } }, ["private_key_jwt"], "headers, body,"],
    ["one key in the body", { body: { api_key: text } }, ["client_secret_post"], "splitKey(body.api_key)"],
    [
      "one key in a header",
      { body: { scope: text }, securitySchemes: { key: { type: "apiKey", in: "header", name: "X-Acme-Key" } } },
      ["client_secret_post"],
      'splitKey(readHeader(headers, "x-acme-key"))',
    ],
    [
      "a key beside an id",
      { body: { client_id: text, api_key: text } },
      ["client_secret_post"],
      "client_id: body.client_id, client_secret: body.api_key",
    ],
    [
      "a key and a secret in headers",
      {
        body: { scope: text },
        securitySchemes: {
          key: { type: "apiKey", in: "header", name: "X-Api-Key" },
          secret: { type: "apiKey", in: "header", name: "X-Api-Secret" },
        },
      },
      ["client_secret_post"],
      'client_id: readHeader(headers, "x-api-key")',
    ],
    ["nothing at all", { body: { grant_type: text } }, ["client_secret_basic"], "body: {}"],
    [
      "mutual TLS",
      { operation: { description: "Clients use mutual TLS." } },
      ["client_secret_post", "tls_client_auth", "self_signed_tls_client_auth"],
      "certificate",
    ],
  ])("from %s", (_title, parts, methods, code) => {
    const planned = plan(parts);
    expect(planned.credentials.methods).toEqual(methods);
    expect(writeRead(planned, "../kit")).toContain(code);
    expect(decided(planned, "credentials")).toBe(methods.join(", "));
  });
});

describe("grants are inferred", () => {
  const client = { client_id: text, client_secret: text };
  it.each<[string, Record<string, Schema>, Record<string, string>]>([
    ["no grant type", client, { client_credentials: "client_credentials" }],
    ["an enumeration", { ...client, grant_type: enumOf("client_credentials", "password") }, { client_credentials: "client_credentials" }],
    ["a private spelling", { ...client, grantType: enumOf("ClientCredentials") }, { ClientCredentials: "client_credentials" }],
    [
      "a default",
      { ...client, code: text, grant_type: { type: "string", default: "authorization_code" } },
      { authorization_code: "authorization_code" },
    ],
    [
      "fields without a grant type",
      { ...client, code: text, refresh_token: text },
      { authorization_code: "authorization_code", refresh_token: "refresh_token" },
    ],
    [
      "the device grant",
      { ...client, device_code: text, grant_type: enumOf("urn:ietf:params:oauth:grant-type:device_code") },
      { "urn:ietf:params:oauth:grant-type:device_code": "device_code", client_credentials: "client_credentials" },
    ],
    ["one word of the vendor's own", { ...client, grantType: enumOf("AccessToken") }, { AccessToken: "client_credentials" }],
    ["words of the vendor's own", { ...client, grantType: enumOf("password", "partner") }, { partner: "client_credentials" }],
    [
      "grants that the engine does not have",
      { ...client, grant_type: enumOf("password", "refresh_token"), refresh_token: text },
      { client_credentials: "client_credentials" },
    ],
    [
      "a token exchange",
      { ...client, grant_type: enumOf("urn:ietf:params:oauth:grant-type:token-exchange"), subject_token: text },
      { client_credentials: "client_credentials" },
    ],
    [
      "a refresh token without a code",
      { ...client, grant_type: enumOf("client_credentials", "refresh_token"), refresh_token: text },
      { client_credentials: "client_credentials" },
    ],
    [
      "a JWT as a grant",
      { assertion: text, grant_type: enumOf("urn:ietf:params:oauth:grant-type:jwt-bearer") },
      { "urn:ietf:params:oauth:grant-type:jwt-bearer": "client_credentials" },
    ],
  ])("from %s", (_title, body, offered) => {
    expect(plan({ body }).grants.offered).toEqual(offered);
  });

  it("names the grants that the engine does not have", () => {
    expect(decided(plan({ body: { ...client, grant_type: enumOf("client_credentials", "password") } }), "grants left out")).toBe(
      "password",
    );
  });

  it("adds a grant to a file that has none of the engine's, and no longer requires what the others carry", () => {
    const grant_type = enumOf("password", "refresh_token");
    const body = { ...client, grant_type, username: text, password: text, refresh_token: text, tenant: text };
    const planned = plan({
      body,
      required: ["client_id", "client_secret", "grant_type", "username", "password", "refresh_token", "tenant"],
    });
    expect(grant_type.enum).toEqual(["password", "refresh_token", "client_credentials"]);
    expect(planned.request.body?.required).toEqual(["client_id", "client_secret", "grant_type", "tenant"]);
    expect(decided(planned, "request")).toBe("username, password and refresh_token optional");
  });

  it("finds fields that stand in two objects, and sends what must stand beside them", () => {
    const attributes = { type: "object", properties: { ...client, grant_type: text } };
    const data = { type: "object", required: ["kind"], properties: { kind: enumOf("token"), attributes } };
    const planned = plan({ body: { data } });
    expect(writeRead(planned, "../kit")).toContain("client_secret: body.data.attributes.client_secret");
    expect(writeDemo(planned, "../kit")).toContain('json: { data: { kind: "token", attributes: { client_id: clientId');
  });

  it("takes the code at an address for devices for a device's", () => {
    expect(plan({ path: "/oauth/device/token", body: { ...client, code: text } }).grants.offered).toEqual({
      "urn:ietf:params:oauth:grant-type:device_code": "device_code",
      client_credentials: "client_credentials",
    });
  });

  it("does not offer a grant without a code where every request must have one", () => {
    const planned = plan({ body: { ...client, grant_type: text, code: text }, required: ["code"] });
    expect(planned.grants.offered).toEqual({ authorization_code: "authorization_code" });
  });

  it("drops limits that its own ids and secrets do not keep", () => {
    const planned = plan({ body: { client_id: { ...text, minLength: 40 }, client_secret: { ...text, pattern: "^[a-f]{9}$" } } });
    expect(planned.request.body?.properties).toEqual({ client_id: text, client_secret: text });
    expect(decided(planned, "request's client_id")).toBe("any text (body)");
  });

  it("reads numbers of a form as the texts that they are", () => {
    const content = {
      "application/x-www-form-urlencoded": { schema: { properties: { ...client, age: { type: "integer", minimum: 1 } } } },
    };
    const planned = plan({ operation: { requestBody: { required: true, content } } });
    expect(planned.request.body?.properties?.age).toEqual({ type: "string", pattern: "^-?[0-9]{1,20}$" });
  });

  it("adds what the engine demands with a code, to the spec, to read and to the demo", () => {
    const planned = plan({ body: { ...client, code: text } });
    expect(planned.request.body?.properties).toMatchObject({ code_verifier: { "x-undocumented": true }, redirect_uri: { type: "string" } });
    expect(writeRead(planned, "../kit")).toContain('codeVerifier: "code_verifier"');
    expect(writeDemo(planned, "../kit")).toMatch(/code_verifier: codeVerifier.*|redirect_uri: redirectUri/);
  });

  it("takes the scope rule from the field, and finds what separates scopes", () => {
    const scope = { type: "string", description: "Separated by commas." };
    expect(plan({}).policy.scope).toBe("registered");
    expect(plan({ body: { ...client, scope } }).policy.scope).toBe("optional");
    const required = plan({ body: { ...client, scope }, required: ["scope"] });
    expect([required.policy.scope, required.grants.scopeSeparator]).toEqual(["required", ","]);
  });
});

describe("the answer is inferred", () => {
  it.each<[string, Record<string, Schema>, string[], string]>([
    ["RFC 6749 names", { access_token: text, expires_in: { type: "integer" } }, [], "expires_in: issued.expiresAt - issued.issuedAt"],
    ["camel case", { accessToken: text }, [], "accessToken: issued.accessToken"],
    ["a word of the vendor's before the token", { refresh_token: text, user_token: text }, [], "{ user_token: issued.accessToken }"],
    ["ids that must be there", { token: text, id: text, user_id: text }, ["id", "user_id"], "id: issued.jti, user_id: issued.subject.id"],
    ["a wrapper", { data: { type: "object", properties: { token: text } } }, [], "data: { token: issued.accessToken }"],
    [
      "a list",
      { tokens: { type: "array", items: { type: "object", properties: { token: text } } } },
      [],
      "tokens: [{ token: issued.accessToken }]",
    ],
    ["a lifetime as text", { token: text, expires_in: text }, [], "String(issued.expiresAt - issued.issuedAt)"],
    ["a date", { token: text, expires_at: { type: "string", format: "date-time" } }, [], "new Date(issued.expiresAt * 1000).toISOString()"],
    ["milliseconds", { token: text, expires: { type: "integer", example: 1750000000000 } }, [], "expires: issued.expiresAt * 1000"],
    ["a list of scopes", { token: text, scopes: { type: "array", items: text } }, [], "scopes: [...issued.scope]"],
    ["the spelling of bearer", { token: text, token_type: enumOf("mac", "bearer") }, [], 'token_type: "bearer"'],
    ["a request id", { token: text, requestId: { type: "string", format: "uuid" } }, ["requestId"], "requestId: exchange.correlationId"],
    ["a required stranger with an example", { token: text, region: { type: "string", example: "eu-1" } }, ["region"], 'region: "eu-1"'],
    [
      "a required stranger with a pattern",
      { token: text, zone: { type: "string", pattern: "^[A-Z]{2}-\\d{3}$" } },
      ["zone"],
      'zone: "AA-000"',
    ],
    [
      "a required refresh token that is never there",
      { token: text, refresh_token: { ...text, nullable: true } },
      ["refresh_token"],
      "refresh_token: null",
    ],
  ])("from %s", (_title, success, successRequired, code) => {
    expect(plan({ success, successRequired }).success.source).toContain(code);
  });

  it("leaves out optional members that the engine does not make", () => {
    expect(plan({ success: { token: text, region: text, refresh_token: text } }).success.source).toBe("{ token: issued.accessToken }");
  });

  it("takes limits away that a token of this server does not keep, and says so", () => {
    const token = { type: "string", maxLength: 40, pattern: "^[a-f0-9]+$" };
    const planned = plan({ success: { token } });
    expect(token).toEqual({ type: "string" });
    expect(decided(planned, "answer's token")).toBe("without pattern, maxLength");
  });

  it.each<[Schema, number]>([
    [{ type: "integer", example: 7200 }, 7200],
    [{ type: "string", example: "900" }, 900],
    [{ type: "integer", description: "Tokens are valid for 2 hours." }, 7200],
    [{ type: "integer", description: 'For example "1800".' }, 1800],
    [{ type: "integer", example: 1438315200000 }, 3600],
    [{ type: "integer" }, 3600],
  ])("takes the lifetime of %j", (expires_in, seconds) => {
    expect(plan({ success: { access_token: text, expires_in } }).policy.lifetimeSeconds).toBe(seconds);
  });

  it("refuses an answer that has no place for a token", () => {
    expect(() => plan({ success: { ok: { type: "boolean" } } })).toThrow(/no member for the token among ok/);
  });
});

describe("errors are inferred", () => {
  const oauth = { error: text, error_description: text };
  it.each<[string, OperationParts, string[]]>([
    [
      "OAuth errors",
      { errors: { "400": oauth } },
      ['invalid_scope: { status: 400, error: "invalid_scope" }', "error_description: describeRefusal(refusal)"],
    ],
    [
      "no error at all",
      {},
      ['invalid_client: { status: 401, error: "invalid_client" }', 'not_found: { status: 404, error: "invalid_request" }'],
    ],
    [
      "a problem",
      { errors: { "400": { type: { type: "string", format: "uri" }, title: text, status: { type: "integer" }, detail: text } } },
      ['type: "about:blank"', "title: nameStatus(answer.status)", "status: answer.status", "detail: describeRefusal(refusal)"],
    ],
    [
      "numbers",
      { errors: { "400": { code: { type: "integer" }, message: text } } },
      ["code: answer.status", "message: describeRefusal(refusal)"],
    ],
    [
      "the vendor's codes",
      { errors: { "400": { code: enumOf("VALIDATION_FAILED", "BAD_CREDENTIALS", "TOO_MANY_REQUESTS"), message: text } } },
      ['invalid_client: { status: 400, code: "BAD_CREDENTIALS" }', 'throttled: { status: 429, code: "TOO_MANY_REQUESTS" }'],
    ],
    ["the vendor's spelling", { errors: { "400": { code: { type: "string", example: "NOT_FOUND" } } } }, ['code: "INVALID_CLIENT"']],
    [
      "a list of errors",
      { errors: { "400": { errors: { type: "array", items: { type: "object", properties: { message: text } } } } } },
      ["errors: [{ message: describeRefusal(refusal) }]"],
    ],
    [
      "a nested error",
      { errors: { "400": { error: { type: "object", properties: { code: text, message: text } } } } },
      ["error: { code: answer.code, message: describeRefusal(refusal) }"],
    ],
    [
      "ids and times that must be there",
      {
        errors: { "400": { message: text, requestId: text, timestamp: { type: "string", format: "date-time" } } },
        errorsRequired: ["requestId", "timestamp"],
      },
      ["requestId: exchange.correlationId", "timestamp: new Date(tellTime()).toISOString()"],
    ],
    [
      "other schemas at other statuses",
      { errors: { "400": oauth, "401": { message: text }, "503": null } },
      [
        "case 401: return { status: 401, headers, body: describe401(refusal) }",
        'headers: { ...headers, "Retry-After": formatRetryAfter(refusal) } }',
      ],
    ],
    [
      "the texts of a gateway",
      {
        errors: { "401": { httpCode: text, httpMessage: text, moreInformation: text } },
        errorsRequired: ["httpCode", "httpMessage", "moreInformation"],
      },
      ["httpCode: String(answer.status)", "httpMessage: nameStatus(answer.status)", "moreInformation: describeRefusal(refusal)"],
    ],
    ["a challenge", { body: {}, errors: { "401": oauth } }, ['"WWW-Authenticate": basicChallenge']],
  ])("from %s", (_title, parts, pieces) => {
    const code = writeRefuse(plan(parts), "../kit");
    for (const piece of pieces) expect(code).toContain(piece);
  });

  it("finds statuses of the vendor's own by their words", () => {
    const words: Record<string, string> = {
      "480": "InvalidRequestException",
      "481": "InvalidClientException",
      "485": "InvalidScopeException",
    };
    const own = Object.fromEntries(Object.entries(words).map(([status, description]) => [status, { description }]));
    const { "200": success = { description: "A token." } } = plan({}).request.operation.responses;
    const { refusals } = plan({ operation: { responses: { "200": success, ...own } } });
    expect([refusals.invalid_request, refusals.invalid_client, refusals.invalid_scope]).toEqual([480, 481, 485]);
  });

  it("gives errors a body where the file describes none", () => {
    const { responses } = plan({ errors: { "400": null, "401": null } }).request.operation;
    expect(responses["401"]?.content).toEqual(responses["404"]?.content);
    expect(responses["401"]?.content).toBeDefined();
  });

  it("adds the statuses that HTTP forces, in the file's own shape and with their headers", () => {
    const planned = plan({ errors: { "422": { message: text } } });
    const { responses } = planned.request.operation;
    expect(Object.keys(responses)).toEqual(["200", "404", "405", "413", "415", "422", "429", "500", "503"]);
    expect(responses["405"]).toMatchObject({ "x-undocumented": true, headers: { Allow: {}, "Cache-Control": {} } });
    expect(responses["429"]?.content).toEqual(responses["422"]?.content);
    expect(responses["200"]?.headers).toHaveProperty("Pragma");
    expect([planned.refusals.invalid_client, planned.refusals.invalid_request]).toEqual([422, 422]);
  });
});
