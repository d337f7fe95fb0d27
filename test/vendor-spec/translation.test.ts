import { findFaults } from "../../src/codegen/spec-rules";
import { AmbiguousOperation, type Schema } from "../../src/vendor-spec";
import { decided, grantRequest, makeDocument, operationOf, readDocument, readFixture, schemaOf, tokenAnswer } from "./vendor";

describe("files of vendors", () => {
  test.each([
    ["brindle-bank.yaml", "brindle-bank", "POST /v2/oauth2/token"],
    ["kestrel-freight.yaml", "kestrel-freight", "POST /security/v1/token"],
    ["lumo-pay.json", "lumo-pay", "POST /api/auth/login"],
    ["murmur.yaml", "murmur", "POST /oauth/token"],
    ["orrery.yaml", "orrery", "POST /connect/token"],
    ["pelagic.yaml", "pelagic", "POST /tides/v4/session-token"],
    ["quillvault.yaml", "quillvault", "POST /tenants/{tenant_id}/oauth/token"],
    ["sundial.yaml", "sundial", "GET /token"],
    ["tessellate.yaml", "tessellate", "POST /oauth2/v1/token"],
  ])("%s becomes the contract %s with the operation %s, which codegen reads", async (file, name, operation) => {
    const contract = await readFixture(file);
    expect(contract.name).toBe(name);
    expect(`${contract.method.toUpperCase()} ${contract.path}`).toBe(operation);
    expect(findFaults(contract.document)).toEqual([]);
    expect(JSON.stringify(contract.document)).not.toMatch(/"x-(?!correlation)[a-z-]+":|\$ref":"(?!#\/components\/schemas\/)/);
    expect(Object.keys(contract.document.paths)).toHaveLength(1);
    for (const { at } of contract.decisions) expect(at.file === "spec" && at.pointer.length > 0).toBe(true);
  });

  test("HTTP Basic, referenced answers and declared statuses stay, and the base path is joined to the path", async () => {
    const contract = await readFixture("brindle-bank.yaml");
    const { operationId, security, responses, requestBody } = operationOf(contract);
    expect({ operationId, security }).toEqual({ operationId: "issueBrindleBankToken", security: [{ clientBasic: [] }] });
    expect(Object.keys(responses)).toEqual(["200", "400", "401", "503"]);
    expect(responses["200"]?.headers).toEqual({
      "X-Brindle-Trace": { description: "Id of this exchange.", schema: { type: "string", format: "uuid" } },
    });
    expect(responses["503"]?.content).toBeUndefined();
    expect(Object.keys(contract.document.components.schemas)).toEqual([
      "BrindleBankAccessToken",
      "BrindleBankOAuthError",
      "BrindleBankTokenRequest",
    ]);
    expect(requestBody?.content["application/x-www-form-urlencoded"]?.example).toEqual({
      grant_type: "client_credentials",
      scope: "accounts",
    });
    expect(decided(contract)).toContain("pattern: left out");
    expect(contract.flows).toEqual([{ grant: "client_credentials", scopes: ["accounts", "payments"] }]);
  });

  test("errors under `default` count for every status that the engine gives", async () => {
    const contract = await readFixture("lumo-pay.json");
    const { responses } = operationOf(contract);
    expect(Object.keys(responses)).toEqual(["201", "400", "401", "404", "405", "413", "415", "429", "500", "503"]);
    expect(schemaOf(contract, "413").required).toEqual(["statusCode", "message"]);
    expect(schemaOf(contract).required).toEqual(["clientId", "clientSecret"]);
    expect(Object.keys(schemaOf(contract).properties ?? {})).toEqual(["clientId", "clientSecret"]);
  });

  test("ranges count for their statuses, one media type is chosen, and an example that contradicts its type goes", async () => {
    const contract = await readFixture("kestrel-freight.yaml");
    const { parameters, requestBody, responses } = operationOf(contract);
    expect(Object.keys(responses)).toEqual(["200", "400", "401", "404", "405", "413", "415", "429", "500", "503"]);
    expect(Object.keys(requestBody?.content ?? {})).toEqual(["application/x-www-form-urlencoded"]);
    expect(parameters?.map(({ name }) => name)).toEqual(["x-account-number", "x-correlation-id"]);
    expect(schemaOf(contract, "200").properties?.expires_in).toEqual({ type: "integer" });
    expect(decided(contract)).toEqual(expect.arrayContaining(["5XX: 500, 503", "parameter Content-Type: left out"]));
  });

  test("OpenAPI 3.1 becomes 3.0, and says what is no longer checked", async () => {
    const contract = await readFixture("orrery.yaml");
    expect(schemaOf(contract)).toMatchObject({
      required: ["client_id", "client_secret", "grant_type"],
      properties: {
        grant_type: { type: "string", enum: ["client_credentials", "refresh_token"] },
        scope: { type: "string", nullable: true },
      },
    });
    expect(schemaOf(contract, "200").properties).toMatchObject({
      token_type: { type: "string", enum: ["Bearer"] },
      expires_in: { type: "integer", nullable: true, minimum: 0, exclusiveMinimum: true, maximum: 86400, example: 3600 },
      refresh_token: { type: "string", nullable: true },
    });
    const left = ["unevaluatedProperties", "dependentRequired", "discriminator", "if", "then", "patternProperties"];
    expect(decided(contract)).toEqual(expect.arrayContaining(left.map((keyword) => `${keyword}: left out`)));
  });

  test("references into other files and back are bundled, and a schema that holds itself is cut off", async () => {
    const contract = await readFixture("tessellate.yaml");
    expect(schemaOf(contract).properties?.nodeId).toEqual({ $ref: "#/components/schemas/TessellateNodeId" });
    expect(contract.document.components.schemas.TessellateNodeType).toEqual({ type: "string" });
    expect(schemaOf(contract, "401").properties?.inner).toEqual({ type: "object", additionalProperties: { type: "string" } });
  });

  test("a path that differs by its query alone is the same operation: it takes the fields and the grants of both", async () => {
    const contract = await readFixture("murmur.yaml");
    const { properties, required } = schemaOf(contract);
    expect(Object.keys(properties ?? {})).toEqual(["grant_type", "client_id", "client_secret", "code", "redirect_uri", "refresh_token"]);
    expect(required).toEqual(["grant_type", "client_id", "client_secret"]);
    expect(properties?.grant_type?.enum).toEqual(["authorization_code", "refresh_token"]);
    expect(decided(contract)).toContain("joined paths: /oauth/token, /oauth/token?refresh");
  });

  test("a path with a query that is named stands alone, cut to its path", async () => {
    const contract = await readFixture("murmur.yaml", "POST /oauth/token?refresh");
    expect(contract.path).toBe("/oauth/token");
    expect(schemaOf(contract).required).toEqual(["grant_type", "client_id", "client_secret", "refresh_token"]);
  });

  test("a path parameter stays, and what the vendor does not publish beside the operation is no fault", async () => {
    const contract = await readFixture("quillvault.yaml");
    const { parameters, requestBody, responses, security } = operationOf(contract);
    expect(parameters).toMatchObject([{ name: "tenant_id", in: "path", required: true, example: "t-100" }]);
    expect(requestBody?.content).toMatchObject({
      "application/x-www-form-urlencoded": { example: { grant_type: "client_credentials", scope: "documents" } },
    });
    expect(responses["403"]?.description).toBe("The tenant is closed.");
    expect(security).toEqual([{ basicAuth: [] }]);
  });

  test("a nested answer keeps its fields, and what has no type gets one", async () => {
    const contract = await readFixture("pelagic.yaml");
    expect(schemaOf(contract, "200").properties?.data?.required).toEqual(["token", "expires_at", "region"]);
    expect(schemaOf(contract).properties?.metadata).toEqual({ type: "string" });
    expect(contract.document.components.securitySchemes).toEqual({ stationKey: { type: "apiKey", in: "header", name: "X-Station-Key" } });
  });
});

const post = (request: object, answer: object, more: object = {}): object => ({
  post: {
    requestBody: { content: { "application/json": { schema: request } } },
    responses: { "200": { description: "OK", content: { "application/json": { schema: answer } } } },
    ...more,
  },
});
const text = (...names: string[]): object => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
});

describe("the operation that looks like a token endpoint", () => {
  test("wins against operations that revoke, introspect, refresh alone, or make other tokens", async () => {
    const contract = await readDocument(
      makeDocument({
        paths: {
          "/link/token/create": post(text("client_id"), text("link_token")),
          "/oauth/introspect": post(text("token", "client_id"), text("active", "scope")),
          "/oauth/refresh": post(grantRequest, tokenAnswer),
          "/oauth/revoke": post(text("token"), {}),
          "/oauth/token": post(grantRequest, tokenAnswer),
          "/users/me": { get: { responses: { "200": { description: "A user." } } } },
        },
      }),
    );
    expect(contract.path).toBe("/oauth/token");
  });

  test("is found by the tokenUrl of a security scheme alone, and by its path where the file describes no bodies", async () => {
    const flows = { clientCredentials: { tokenUrl: "https://acme.example/session", scopes: { read: "Read" } } };
    const more = { components: { securitySchemes: { acme: { type: "oauth2", flows } } } };
    const named = await readDocument(makeDocument({ paths: { "/session": post({}, {}), "/other": post({}, {}) }, more }));
    expect(named).toMatchObject({ path: "/session", flows: [{ grant: "client_credentials", scopes: ["read"] }] });
    const bare = await readDocument(makeDocument({ paths: { "/api/token": { post: { responses: { "200": { description: "OK" } } } } } }));
    expect(Object.keys(schemaOf(bare).properties ?? {})).toEqual(["grant_type", "client_id", "client_secret", "scope"]);
    expect(schemaOf(bare, "200").required).toEqual(["access_token", "token_type"]);
  });

  const twins = makeDocument({
    paths: {
      "/a/token": post(grantRequest, tokenAnswer, { operationId: "first" }),
      "/b/token": post(grantRequest, tokenAnswer, { operationId: "second" }),
    },
  });

  test("is asked for where two look alike, with the candidates and why", async () => {
    const error: unknown = await readDocument(twins).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AmbiguousOperation);
    const { candidates } = error as AmbiguousOperation;
    expect(candidates.map(({ operation }) => operation)).toEqual(["POST /a/token", "POST /b/token"]);
    for (const { why } of candidates) expect(why).toMatch(/grant_type.*access_token/);
  });

  test("is named by method and path in either case, or by its operationId", async () => {
    expect((await readDocument(twins, { name: "acme", operation: "post /b/token" })).path).toBe("/b/token");
    expect((await readDocument(twins, { name: "acme", operation: "second" })).path).toBe("/b/token");
    await expect(readDocument(twins, { name: "acme", operation: "third" })).rejects.toThrow(/no operation third.*\n {2}POST \/a\/token/);
    expect((await readFixture("brindle-bank.yaml", "create_access_token")).path).toBe("/v2/oauth2/token");
  });

  test("is missing where nothing looks like one, and the nearest are named", async () => {
    const document = makeDocument({ paths: { "/users": post(text("name"), text("id")) } });
    await expect(readDocument(document)).rejects.toThrow(/nothing here looks like a token endpoint.*--operation.*\n {2}POST \/users/);
  });
});

describe("the parts of an operation", () => {
  test("an Authorization parameter says which credentials are meant, where no security scheme does", async () => {
    const parameters = [{ name: "Authorization", in: "header", schema: { type: "string" }, description: "Basic base64(id:secret)" }];
    const contract = await readDocument(makeDocument({ operation: { parameters } }));
    expect(operationOf(contract)).toMatchObject({ security: [{ basicAuthorization: [] }] });
    expect(operationOf(contract).parameters).toBeUndefined();
    expect(contract.document.components.securitySchemes).toEqual({ basicAuthorization: { type: "http", scheme: "basic" } });
  });

  test("a cookie is left out with a word, since the server reads none", async () => {
    const parameters = [{ name: "session", in: "cookie", required: true, schema: { type: "string" } }];
    const contract = await readDocument(makeDocument({ operation: { parameters } }));
    expect(operationOf(contract).parameters).toBeUndefined();
    expect(decided(contract)).toContain("parameter session: left out");
  });

  test("a query parameter with brackets is left out with a word, since the server reads no objects there", async () => {
    const parameters = [{ name: "filter[kind]", in: "query", required: true, schema: { type: "string" } }];
    const contract = await readDocument(makeDocument({ operation: { parameters } }));
    expect(operationOf(contract).parameters).toBeUndefined();
    expect(decided(contract)).toContain("parameter filter[kind]: left out");
  });

  test("a scheme that OpenAPI 3.0 does not have is left out with a word", async () => {
    const more = { security: [{ mtls: [] }], components: { securitySchemes: { mtls: { type: "mutualTLS" } } } };
    const contract = await readDocument(makeDocument({ openapi: "3.1.0", more }));
    expect(operationOf(contract).security).toEqual([]);
    expect(decided(contract)).toContain("security: left out");
  });

  test("a path parameter is named as the router reads it; one that no parameter describes is a text", async () => {
    const item = post(grantRequest, tokenAnswer);
    const contract = await readDocument(makeDocument({ paths: { "/{tenant-id}/oauth/token": item } }));
    expect(contract.path).toBe("/{tenant_id}/oauth/token");
    expect(operationOf(contract).parameters).toMatchObject([{ name: "tenant_id", in: "path", required: true, schema: { type: "string" } }]);
  });

  test.each(["/oauth:token", "/oauth/token*", "/oauth/(token)"])(
    "the path %s, which the router reads as a pattern, is refused",
    async (path) => {
      await expect(readDocument(makeDocument({ paths: { [path]: post(grantRequest, tokenAnswer) } }))).rejects.toThrow(
        /router reads as a pattern/,
      );
    },
  );

  test("`default` is the success where there is no other", async () => {
    const responses = { default: { description: "A token.", content: { "application/json": { schema: tokenAnswer } } } };
    const contract = await readDocument(makeDocument({ operation: { responses } }));
    expect(Object.keys(operationOf(contract).responses)).toEqual(["200"]);
  });

  test("a success that is no JSON, and a body that is neither form nor JSON, are refused", async () => {
    const plain = { "200": { description: "OK", content: { "text/plain": { schema: { type: "string" } } } } };
    await expect(readDocument(makeDocument({ operation: { responses: plain } }))).rejects.toThrow(/the success is text\/plain/);
    const xml = { content: { "application/xml": { schema: grantRequest } } };
    await expect(readDocument(makeDocument({ operation: { requestBody: xml } }))).rejects.toThrow(
      /takes application\/xml; this server reads forms and JSON/,
    );
  });

  test("texts of the vendor cannot carry scripts, and a manual is cut short", async () => {
    const description = `<script>alert(1)</script> ${"word ".repeat(1000)}`;
    const contract = await readDocument(makeDocument({ operation: { description } }));
    expect(operationOf(contract).description).toMatch(/^&lt;script>/);
    expect(operationOf(contract).description.length).toBeLessThan(1300);
  });
});

/** Translates one property of the request. */
async function translate(
  schema: unknown,
  openapi = "3.1.0",
  schemas: object = {},
): Promise<{ property: Schema | undefined; decisions: string[] }> {
  const request = { type: "object", properties: { grant_type: { type: "string" }, it: schema } };
  const contract = await readDocument(makeDocument({ openapi, request, schemas }));
  return { property: schemaOf(contract).properties?.it, decisions: decided(contract) };
}

describe("schemas", () => {
  test.each<[string, unknown, Schema]>([
    ["a number without its integer", { type: ["integer", "number"] }, { type: "number" }],
    ["a value without a type", {}, { type: "string" }],
    ["a schema that is `true`", true, { type: "string" }],
    ["an object without fields", { type: "object" }, { type: "object", additionalProperties: { type: "string" } }],
    ["an array without items", { type: "array" }, { type: "array", items: { type: "string" } }],
    ["numbers among texts", { type: "string", enum: [1, "two"] }, { type: "string", enum: ["1", "two"] }],
    ["an enumeration with null", { type: ["string", "null"], enum: ["a", null] }, { type: "string", nullable: true, enum: ["a", null] }],
    ["an enumeration without a type", { enum: ["a"] }, { type: "string", enum: ["a"] }],
    ["a default of another type", { type: "string", default: 5 }, { type: "string" }],
    ["an unknown format", { type: "string", format: "acme-id" }, { type: "string" }],
    ["`required` on a text", { type: "string", required: ["it"] }, { type: "string" }],
    ["contentEncoding", { type: "string", contentEncoding: "base64" }, { type: "string", format: "byte" }],
    ["an open set of texts", { anyOf: [{ type: "string", enum: ["a"] }, { type: "string" }] }, { type: "string" }],
    [
      "a required field that is not described",
      { type: "object", required: ["a"] },
      { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
    ],
    [
      "a limit as OpenAPI 3.0 writes it",
      { type: "integer", minimum: 0, exclusiveMinimum: true },
      { type: "integer", minimum: 0, exclusiveMinimum: true },
    ],
  ])("%s", async (_title, given, expected) => {
    expect((await translate(given)).property).toEqual(expected);
  });

  test.each(["(", "/^[a-z]$/", "^(a+)+$", "^.*x.*$", "[a-z]+$"])(
    "the pattern %s, which could hold the server up, stop it or match nothing, is left out",
    async (pattern) => {
      const { property, decisions } = await translate({ type: "string", pattern });
      expect(property).toEqual({ type: "string" });
      expect(decisions).toContain("pattern: left out");
    },
  );

  test.each(["^[A-Z]{2}\\d+$", "OR[0-9a-f]{32}"])("the pattern %s stays", async (pattern) => {
    expect((await translate({ type: "string", pattern })).property).toEqual({ type: "string", pattern });
  });

  test("what stands beside a reference counts in 3.1", async () => {
    const { property } = await translate({ $ref: "#/components/schemas/Code", maxLength: 4 }, "3.1.0", {
      Code: { type: "string", minLength: 2 },
    });
    expect(property).toEqual({ type: "string", minLength: 2, maxLength: 4 });
  });

  test("schemas that hold themselves, directly and through others, come to an end", async () => {
    const schemas = {
      Node: { type: "object", properties: { next: { $ref: "#/components/schemas/Link" } } },
      Link: {
        allOf: [{ $ref: "#/components/schemas/Node" }, { type: "object", properties: { own: { $ref: "#/components/schemas/Link" } } }],
      },
    };
    const { decisions } = await translate({ $ref: "#/components/schemas/Node" }, "3.0.3", schemas);
    expect(decisions.filter((decision) => decision === "fields: texts of any name").length).toBeGreaterThan(0);
  });

  test("names of fields that every object inherits are names like any other", async () => {
    const properties = { constructor: { type: "string" }, toString: { type: "integer" } };
    const given = {
      allOf: [
        { type: "object", properties },
        { type: "object", required: ["constructor", "valueOf"] },
      ],
    };
    expect((await translate(given)).property).toMatchObject({ properties: { ...properties, valueOf: { type: "string" } } });
  });

  test("a key that would change the prototype of an object is dropped", async () => {
    const text = JSON.stringify(makeDocument({})).replace('"grant_type":{', '"__proto__":{"polluted":{"type":"string"}},"grant_type":{');
    const contract = await readDocument(text);
    expect(Object.keys(schemaOf(contract).properties ?? {})).toEqual(["grant_type"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("a member that the schema does not describe goes from an example, and so does the address of an example", async () => {
    const schema = { type: "object", properties: { grant_type: { type: "string" } } };
    for (const [example, kept] of [
      [{ grant_type: "a", scope: "b" }, { grant_type: "a" }],
      [{ $ref: "examples/token.json" }, undefined],
    ]) {
      const requestBody = { content: { "application/json": { schema, example } } };
      const { document, path } = await readDocument(makeDocument({ operation: { requestBody } }));
      expect(document.paths[path]?.post?.requestBody?.content["application/json"]?.example).toEqual(kept);
    }
  });

  test.each(["multipart/form-data", "application/form-data"])("the fields of %s are those of a form", async (type) => {
    const requestBody = { content: { [type]: { schema: grantRequest } } };
    const { document, path } = await readDocument(makeDocument({ operation: { requestBody } }));
    expect(Object.keys(document.paths[path]?.post?.requestBody?.content ?? {})).toEqual(["application/x-www-form-urlencoded"]);
  });

  test("examples that contradict their schemas go, and others stay", async () => {
    const media = { schema: { type: "object", properties: { grant_type: { type: "string" } }, required: ["grant_type"] } };
    for (const [example, kept] of [
      [{ grant_type: "x" }, true],
      [{ grant_type: 1 }, false],
    ] as const) {
      const requestBody = { content: { "application/json": { ...media, example } } };
      const { document, path } = await readDocument(makeDocument({ operation: { requestBody } }));
      const written = document.paths[path]?.post?.requestBody?.content["application/json"]?.example;
      expect(written).toEqual(kept ? example : undefined);
    }
  });
});
