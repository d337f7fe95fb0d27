import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { parseSpecText, updateGenerated } from "../../src/codegen";
import { copySpecs, makeFolder, readFiles, removeFolders } from "./folders";

afterAll(removeFolders);

/** A schema, parameter, response, … of a spec that may be wrong. */
type Part = Record<string, unknown>;

interface TestOperation {
  operationId?: unknown;
  parameters?: unknown[];
  servers?: unknown[];
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, unknown>;
}

interface TestSpec {
  openapi: unknown;
  info: { title: string; version: string };
  servers?: { url: string }[];
  paths: Record<string, Part>;
  components: Record<string, Part>;
}

const token = { type: "object", properties: { access_token: { type: "string" } } };
const json = (schema: unknown) => ({ "application/json": { schema } });

/** Makes a sound spec of one operation, `POST /odd`. */
function makeSpec(change: (spec: TestSpec, operation: TestOperation) => void = () => undefined): string {
  const operation: TestOperation = {
    operationId: "issueToken",
    requestBody: { content: json(token) },
    responses: { 200: { description: "A token.", content: json(token) }, 400: { description: "No token." } },
  };
  const paths: Record<string, Part> = { "/odd": { post: operation } };
  const info = { title: "Odd", version: "1" };
  const spec: TestSpec = { openapi: "3.0.3", info, servers: [{ url: "/" }], paths, components: {} };
  change(spec, operation);
  return stringify(spec, { aliasDuplicateObjects: false });
}

/** A spec with another path and operationId than that of `makeSpec`. */
const makeOther = (path: string, operationId = "other") =>
  makeSpec((spec, operation) => {
    operation.operationId = operationId;
    spec.paths = { [path]: { post: operation } };
  });

/** @returns the faults that codegen finds in these files of `openapi/` */
async function findFaults(files: Readonly<Record<string, string>>, others: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const specs = Object.entries(files).map(([name, text]) => [`openapi/${name}`, text]);
  const folder = makeFolder({ ...others, ...(Object.fromEntries(specs) as Record<string, string>) });
  const said = await updateGenerated(folder).then(
    () => "",
    (error: unknown) => (error as Error).message,
  );
  if (said !== "") expect(existsSync(join(folder, "generated"))).toBe(false);
  return said === "" ? [] : said.split("\n");
}

type Breach = [what: string, fault: string, breach: (spec: TestSpec, operation: TestOperation) => void];

const rename = (path: string) => (spec: TestSpec, operation: TestOperation) => (spec.paths = { [path]: { post: operation } });
const inPath = (name: string, required = true) => ({ name, in: "path", required, schema: { type: "string" } });

const breaches: Breach[] = [
  ["an operation without operationId", "POST /odd: has no operationId", (_, operation) => delete operation.operationId],
  ["an operationId that is no name", "POST /odd: has no operationId", (_, operation) => (operation.operationId = "issue token")],
  ["a range in lower case", "POST /odd: response 5xx is no status", (_, { responses }) => (responses["5xx"] = { description: "No." })],
  ["a status that does not exist", "POST /odd: response 99 is no status", (_, { responses }) => (responses["99"] = { description: "No." })],
  ["no success", "POST /odd: declares no success", (_, { responses }) => delete responses["200"]],
  ["no operation", "paths: there is no operation", (spec) => (spec.paths = {})],
  ["an empty operation", "POST /odd: has no operationId", (spec) => (spec.paths = { "/odd": { post: null } })],
  ["an empty path", "paths: there is no operation", (spec) => (spec.paths = { "/odd": null as never })],
  ["servers other than /", "servers: must be exactly one", (spec) => (spec.servers = [{ url: "https://odd.example/v1" }])],
  ["two servers", "servers: must be exactly one, with url /", (spec) => spec.servers?.push({ url: "/v2" })],
  ["no servers", "servers: must be exactly one, with url /", (spec) => delete spec.servers],
  ["servers of an operation", "/odd: it cannot have servers of its own", (_, operation) => (operation.servers = [{ url: "/v2" }])],
  ["OpenAPI 3.1", "openapi: must be a 3.0.x version", (spec) => (spec.openapi = "3.1.0")],
  ["a version that is a number", "openapi: must be a 3.0.x version", (spec) => (spec.openapi = 3)],
  ["one operationId twice", "operationId issueToken is used twice", ({ paths }, operation) => (paths["/other"] = { post: operation })],
  [
    "two media types",
    "POST /odd: a request body must have exactly one media type",
    (_, { requestBody }) => Object.assign(requestBody?.content ?? {}, { "application/x-www-form-urlencoded": { schema: token } }),
  ],
  [
    "a body without a schema",
    "POST /odd: the request body has a schema that types nothing",
    (_, o) => (o.requestBody = { content: { a: {} } }),
  ],
  ["a body of anything", "POST /odd: the request body has a schema that types nothing", (_, o) => (o.requestBody = { content: json({}) })],
  [
    "a success of anything",
    "POST /odd: the response 200 has a schema that types nothing",
    (spec, { responses }) => {
      spec.components.schemas = { Any: { description: "Anything." } };
      responses["200"] = { description: "", content: json({ allOf: [{ $ref: "#/components/schemas/Any" }] }) };
    },
  ],
  [
    "a reference to another file",
    "$ref ./common.yaml#/Error leaves the file",
    (_, { responses }) => (responses["409"] = { description: "", content: json({ $ref: "./common.yaml#/Error" }) }),
  ],
  [
    "a reference that leads nowhere",
    "$ref #/components/x leads nowhere",
    (_, { responses }) => (responses["409"] = { $ref: "#/components/x" }),
  ],
  ["a reference that is no text", "$ref is not a text", (_, { responses }) => (responses["409"] = { $ref: 3 })],
  [
    "references in a circle",
    "$ref #/components/schemas/B leads back to itself",
    ({ components }) => (components.schemas = { A: { $ref: "#/components/schemas/B" }, B: { $ref: "#/components/schemas/A" } }),
  ],
  ["a path that is a reference", "/next: a path cannot be a reference", ({ paths }) => (paths["/next"] = { $ref: "#/paths/~1odd" })],
  ["a query in a path", "/odd?a=b: ? means something else", rename("/odd?a=b")],
  ["a fragment in a path", "/odd#a: # means something else", rename("/odd#a")],
  ["a colon in a path", "/odd:issue: : means something else", rename("/odd:issue")],
  ["a splat in a path", "/odd/*: * means something else", rename("/odd/*")],
  ["a pattern in a path", "/odd/(a|b): ( means something else", rename("/odd/(a|b)")],
  ["an exclamation mark in a path", "/odd!: ! means something else", rename("/odd!")],
  ["a brace that is not closed", "/odd/{id: the braces are not those of a path parameter", rename("/odd/{id")],
  ["an optional part", "/odd{/more}: the braces are not those of a path parameter", rename("/odd{/more}")],
  ["a parameter that is only a part of a segment", "{id}.json is a parameter with something beside it", rename("/odd/{id}.json")],
  ["two parameters in one segment", "{a}{b} is a parameter with something beside it", rename("/odd/{a}{b}")],
  ["a path without a slash", "odd: a path begins with /", rename("odd")],
  ["two slashes", "/odd//token: clients resolve . and ..", rename("/odd//token")],
  ["a blank in a path", "/odd token: only letters, digits", rename("/odd token")],
  ["a path parameter that is not declared", "POST /odd/{id}: {id} is not declared", rename("/odd/{id}")],
  [
    "a path parameter that is optional",
    "POST /odd/{id}: {id} is not declared",
    (spec, operation) => {
      operation.parameters = [inPath("id", false)];
      spec.paths = { "/odd/{id}": { post: operation } };
    },
  ],
  ["a parameter that the path lacks", "POST /odd: the path has no {id}", (_, operation) => (operation.parameters = [inPath("id")])],
  ["a member that OpenAPI does not know", "Property `pattern` is not expected here", (_, o) => Object.assign(o, { pattern: "a" })],
];

describe("the checks of codegen", () => {
  it("report every breach at once with its file, line and column, and then nothing is written", async () => {
    const name = (index: number) => `breach-${index}.yaml`;
    const said = await findFaults(Object.fromEntries(breaches.map(([, , breach], index) => [name(index), makeSpec(breach)])));
    const unsaid = breaches.filter(([, fault], index) => {
      const lines = said.filter((line) => line.startsWith(`openapi/${name(index)}:`));
      return !lines.some((line) => line.includes(fault) && /^openapi\/[^:]*:[1-9]\d*:[1-9]\d*: /.test(line));
    });
    expect(unsaid.map(([what]) => what)).toEqual([]);
    expect(said.join("\n")).not.toMatch(/TypeError|undefined|at .*\.ts:/);
  });

  it("name the line of the fault, also behind an alias and a merge key", async () => {
    const text = makeSpec((_, { responses }) => (responses["409"] = { $ref: "#/nowhere" }));
    const line = text.split("\n").findIndex((each) => each.includes("#/nowhere")) + 1;
    expect(await findFaults({ "odd.yaml": text })).toEqual([
      expect.stringMatching(`^openapi/odd.yaml:${line}:11: \\$ref #/nowhere leads nowhere`),
    ]);

    const { locate } = parseSpecText("base: &base\n  deep:\n    - a\n    - b: 1\nmerged:\n  <<: *base\nalias: *base\n");
    expect(["merged", "alias", "base"].map((name) => locate([name, "deep", 1, "b"]))).toEqual(Array(3).fill({ line: 4, column: 7 }));
    expect(locate(["merged", "absent"])).toEqual({ line: 5, column: 1 });
    expect(parseSpecText('{\n  "a": {"b": 1}\n}').locate(["a", "b"])).toEqual({ line: 2, column: 9 });
  });

  it("report every file that is not an OpenAPI document", async () => {
    const lists = Array.from({ length: 9 }, (_, index) => `l${index + 1}: &l${index + 1} [${`*l${index}, `.repeat(9)}]\n`);
    const bomb = `l0: &l0 [x, x, x]\n${lists.join("")}`;
    const texts = {
      unreadable: ["paths: [", "1:9: is not YAML"],
      empty: ["", "1:1: is empty"],
      list: ["- a\n", "1:1: is not an OpenAPI document"],
      text: ["hello", "1:1: is not an OpenAPI document"],
      doubled: ["openapi: 3.0.3\nopenapi: 3.0.2\n", "2:1: is not YAML: Map keys must be unique"],
      aliasless: ["openapi: *nothing\n", "1:"],
      "alias-in-itself": ["openapi: &a [*a]\n", "1:1: has an alias that cannot be expanded"],
      bomb: [bomb, "1:1: has an alias that cannot be expanded"],
      pathless: [makeSpec((spec) => (spec.paths = null as never)), "7:1: paths: there is no operation"],
    };
    const said = await findFaults(Object.fromEntries(Object.entries(texts).map(([name, [text = ""]]) => [`${name}.yaml`, text])));
    for (const [name, [, fault = ""]] of Object.entries(texts)) {
      expect(said).toContainEqual(expect.stringContaining(`openapi/${name}.yaml:${fault}`));
    }
    expect(said.join("\n")).not.toMatch(/TypeError|undefined|at .*\.ts:/);
  });

  it("report files that would be ignored, and names that a contract cannot have", async () => {
    const others = { "openapi/more/a.yaml": "", "openapi/folder.yaml/a.txt": "", "openapi/README.md": "", "src/contracts/kit.ts": "" };
    const sound = makeSpec();
    const names = ["Acme.yaml", "a_b.yaml", "3acme.yaml", "services.yaml", "wiring.yaml", "kit.yaml", "oauth2.yaml"];
    const files = Object.fromEntries([...names, "acme.yml", "acme.json", "services/oauth2.yaml"].map((name) => [name, sound]));
    expect((await findFaults(files, { ...others, "package.json": '{"name":"polymint"}' })).sort()).toEqual(
      [
        "openapi/3acme.yaml: the contract cannot be called 3acme; rename the file to small letters, digits and hyphens, such as acme.yaml",
        "openapi/Acme.yaml: the contract cannot be called Acme; rename the file to small letters, digits and hyphens, such as acme.yaml",
        "openapi/a_b.yaml: the contract cannot be called a_b; rename the file to small letters, digits and hyphens, such as a-b.yaml",
        "openapi/acme.json: is not read because of its ending; rename it to acme.yaml; JSON is YAML too",
        "openapi/acme.yml: is not read because of its ending; rename it to acme.yaml",
        "openapi/folder.yaml: cannot be read: EISDIR: illegal operation on a directory, read",
        "openapi/kit.yaml: the name kit is taken by a file of the server; rename the contract, such as kit-token.yaml",
        "openapi/more: is a folder, which is not read; move its files to openapi/",
        "openapi/oauth2.yaml: a service is called oauth2 too; rename the contract, such as oauth2-token.yaml",
        "openapi/services.yaml: the name services is taken by a file of the server; rename the contract, such as services-token.yaml",
        "openapi/wiring.yaml: the name wiring is taken by a file of the server; rename the contract, such as wiring-token.yaml",
      ].sort(),
    );
  });

  it("report what two specs cannot share, with the places of both", async () => {
    const folder = copySpecs();
    const abbeycross = readFileSync(join(folder, "openapi", "abbeycross.yaml"), "utf8");
    writeFileSync(join(folder, "openapi", "newcomer.yaml"), abbeycross.replace("maxLength: 255", "maxLength: 200"));
    const place = (name: string) => `openapi/${name}\\.yaml:\\d+:\\d+`;
    await expect(updateGenerated(folder)).rejects.toThrow(
      new RegExp(
        [
          `^${place("newcomer")}: operationId issueAbbeycrossToken is used in ${place("abbeycross")} too; .*`,
          `${place("newcomer")}: schema AbbeycrossTokenRequest is not the same in ${place("abbeycross")}; .*`,
          `${place("newcomer")}: POST \\S+ is in ${place("abbeycross")} too; .*\`prefix: "/newcomer"\` in src/contracts/newcomer/policy.ts$`,
        ].join("\n"),
      ),
    );
  });

  it("report paths that match the same requests, also with a service of the server", async () => {
    const withId = (name: string, id: string) =>
      makeSpec((spec, operation) => {
        Object.assign(operation, { operationId: id, parameters: [inPath(name)] });
        spec.paths = { [`/odd/{${name}}/token`]: { post: operation } };
      });
    const said = await findFaults({ "a.yaml": withId("id", "a"), "b.yaml": withId("key", "b"), "c.yaml": makeOther("/oauth2/introspect") });
    expect(said).toEqual([
      expect.stringMatching(/^openapi\/b.yaml:9:5: POST \/odd\/\{key\}\/token is in openapi\/a.yaml:9:5 too/),
      expect.stringMatching(/^openapi\/c.yaml:9:5: POST \/oauth2\/introspect is in polymint's own service oauth2 too; .*`prefix: "\/c"`/),
    ]);
  });

  it("accept what vendors write", async () => {
    const odd = makeSpec((spec, operation) => {
      operation.operationId = "Issue_OddToken";
      operation.parameters = [{ $ref: "#/components/parameters/Id" }];
      operation.requestBody = { $ref: "#/components/requestBodies/Odd%20one" } as never;
      operation.responses = {
        "2XX": { $ref: "#/components/responses/Token" },
        "4XX": { description: "No." },
        default: { description: "No." },
      };
      const examples = { odd: { value: { $ref: "./elsewhere.yaml" } } };
      const strange = { type: "object", properties: { $ref: { type: "string" }, "x-trace": { type: "string" }, example: token } };
      const recursive = { type: "object", properties: { inner: { $ref: "#/components/schemas/Recursive" } } };
      Object.assign(spec, {
        "x-more": { $ref: "./elsewhere.yaml#/More", deeper: [{ $ref: "#/nowhere" }] },
        paths: { "/odd/{id}/token": { post: operation } },
        components: {
          parameters: { Id: inPath("id") },
          requestBodies: { "Odd one": { content: { "application/json": { schema: strange, examples } } } },
          responses: { Token: { description: "A token.", content: json({ $ref: "#/components/schemas/Recursive" }) } },
          schemas: { Recursive: recursive },
        },
      });
    });
    const folder = makeFolder({ "openapi/odd.yaml": odd.replace("Odd one:", "Odd_one:").replace("Odd%20one", "Odd%5Fone") });
    await updateGenerated(folder);
    const { "odd.ts": types = "", "odd.json": data = "", "wiring.ts": wiring } = readFiles(join(folder, "generated"));
    expect(types).toContain("Issue_OddToken: {");
    expect(types).toContain('"x-trace"?: string;');
    expect(types).toContain("$ref?: string;");
    expect(data).not.toContain("elsewhere");
    expect(wiring).toBe(
      [
        "// Generated from openapi/ by `polymint codegen`. Do not edit.",
        'import { wire } from "polymint/contract";',
        'import definition0 from "../src/contracts/odd";',
        'import type { operations as Operations0 } from "./odd";',
        'import spec0 from "./odd.json";',
        "",
        "export const wiring = [",
        '  wire<Operations0, "odd">("odd", spec0, definition0),',
        "];",
        "",
      ].join("\n"),
    );
  });

  it("give merge keys to the types and to the validator alike", async () => {
    const common = "x-common: &common\n  type: object\n  required: [shared]\n  properties: {shared: {type: string}}\n";
    const merging = makeSpec((_, operation) => (operation.requestBody = { content: json({ merge: "COMMON", description: "Own." }) }));
    const folder = makeFolder({ "openapi/odd.yaml": common + merging.replace("merge: COMMON", "<<: *common") });
    await updateGenerated(folder);
    const { "odd.ts": types = "", "odd.json": data = "" } = readFiles(join(folder, "generated"));
    expect(types).toContain("shared: string;");
    const { paths } = JSON.parse(data) as { paths: Record<string, { post: { requestBody: unknown } }> };
    const schema = { type: "object", required: ["shared"], properties: { shared: { type: "string" } }, description: "Own." };
    expect(paths["/odd"]?.post.requestBody).toEqual({ content: json(schema) });
  });
});
