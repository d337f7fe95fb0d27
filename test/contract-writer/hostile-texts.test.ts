/** What a vendor writes stays data: none of it runs, ends a comment, or leaves the line that it was put on. */
import ts from "typescript";
import { parse } from "yaml";
import { usesName } from "../../src/contract-writer/code";
import { planContract } from "../../src/contract-writer/plan";
import { writeDemo } from "../../src/contract-writer/write-demo";
import { writeGrant } from "../../src/contract-writer/write-grant";
import { writeRead } from "../../src/contract-writer/write-read";
import { writeRefuse } from "../../src/contract-writer/write-refuse";
import { writeIndex } from "../../src/contract-writer/write-rest";
import { writeSpec } from "../../src/contract-writer/write-spec";
import { makeDocument, readDocument } from "../vendor-spec/vendor";

/** Ends texts and comments of every kind that a contract's files have, and then calls a function. */
const hostile = '*/ pwned(); `${pwned()}` " + pwned() + " \' </script>\r\npwned(); \u2028pwned();\u001b[2J //';

const text = { type: "string", example: hostile, description: hostile };

const vendor = makeDocument({
  request: {
    type: "object",
    properties: { grant_type: { type: "string" }, [hostile]: text },
    required: ["grant_type", hostile, "__proto__"],
  },
  success: { type: "object", properties: { access_token: text, [hostile]: text }, required: ["access_token", hostile, "__proto__"] },
  operation: {
    operationId: hostile,
    summary: hostile,
    description: hostile,
    parameters: [
      { name: "X-Tenant", in: "header", required: true, schema: text },
      { name: hostile, in: "query", required: true, schema: text },
      { name: "not a name\r\n", in: "header", required: true, schema: text },
    ],
    responses: {
      "200": {
        description: hostile,
        headers: { "X-Region": { required: true, schema: text }, "not a name\r\n": { required: true, schema: text } },
        content: {
          "application/json": {
            schema: {
              type: "object",
              properties: { access_token: text, [hostile]: text },
              required: ["access_token", hostile, "__proto__"],
            },
          },
        },
      },
      "400": {
        description: hostile,
        content: {
          "application/json": {
            schema: {
              type: "object",
              properties: { error: { type: "string", enum: [hostile, "b"] }, [hostile]: text },
              required: [hostile],
            },
          },
        },
      },
    },
  },
  more: { info: { title: hostile, version: `1\npwned: yes\n${hostile}` } },
});

/** Written as `contract add` writes them, before they are formatted. */
const files = (async () => {
  const contract = await readDocument(vendor);
  const plan = planContract({ ...contract, document: structuredClone(contract.document) });
  const { version } = contract.document.info;
  const spec = await writeSpec(plan.request.document, { source: `a\n${hostile}.yaml`, version, command: hostile });
  const sources = { index: writeIndex, read: writeRead, grant: writeGrant, refuse: writeRefuse, demo: writeDemo };
  const code = Object.entries(sources).map(([name, write]) => [`${name}.ts`, write(plan, "../kit")] as const);
  return new Map<string, string>([...code, ["spec.yaml", spec]]);
})();

it("no text of a vendor is code in the files of its contract", async () => {
  for (const [path, source] of await files) {
    if (!path.endsWith(".ts")) continue;
    const parsed = ts.createSourceFile(path, source, ts.ScriptTarget.ESNext, true);
    const names: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node)) names.push(node.text);
      node.forEachChild(visit);
    };
    visit(parsed);
    expect([path, names]).not.toEqual([path, expect.arrayContaining(["pwned"])]);
    expect([path, names]).not.toEqual([path, expect.arrayContaining(["__proto__"])]);
  }
});

it("no text of a vendor is a member of the spec", async () => {
  const spec = (await files).get("spec.yaml") ?? "";
  expect(Object.keys(parse(spec) as object)).toEqual(["openapi", "info", "servers", "tags", "paths", "components"]);
});

it("headers have names and values that HTTP carries", async () => {
  const written = await files;
  for (const path of ["demo.ts", "grant.ts"]) {
    const [, value = ""] = /"X-(?:Tenant|Region)":\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/.exec(written.get(path) ?? "") ?? [];
    expect([path, value]).toEqual([path, expect.stringMatching(/pwned/)]);
    expect([path, value]).toEqual([path, expect.not.stringMatching(/\\[rnu]/)]);
  }
  expect([...written.values()].join("")).not.toMatch(/not a name/);
});

it("a name inside a text is no use of the variable of that name", () => {
  const code = `{ zone: ${JSON.stringify('" exchange "')}, id: refusal.code }`;
  expect(["exchange", "refusal"].filter((name) => usesName(code, name))).toEqual(["refusal"]);
});
