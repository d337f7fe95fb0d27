import { stringify } from "yaml";
import { readVendorContract, type Schema, type VendorContract } from "../../src/vendor-spec";

export const fixtures = "test/fixtures/vendors";

/** Reads a fixture by its name. */
export function readFixture(file: string, operation?: string): Promise<VendorContract> {
  return readVendorContract(`${fixtures}/${file}`, {
    ...(operation !== undefined && { operation }),
    readStdin: refuseStdin,
    takenNames: [],
  });
}

/** Reads a document from the standard input. */
export function readDocument(
  document: unknown,
  options: { operation?: string; name?: string } = { name: "acme" },
): Promise<VendorContract> {
  const text = typeof document === "string" ? document : stringify(document);
  return readVendorContract("-", { ...options, readStdin: async () => text, takenNames: ["taken"] });
}

async function refuseStdin(): Promise<string> {
  throw new Error("the standard input was read");
}

/** A document with one token endpoint, whose parts a test replaces. */
export function makeDocument(parts: {
  openapi?: string;
  paths?: object;
  operation?: object;
  request?: object;
  success?: object;
  schemas?: object;
  more?: object;
}): object {
  const operation = {
    requestBody: { content: { "application/x-www-form-urlencoded": { schema: parts.request ?? grantRequest } } },
    responses: { "200": { description: "OK", content: { "application/json": { schema: parts.success ?? tokenAnswer } } } },
    ...parts.operation,
  };
  return {
    openapi: parts.openapi ?? "3.0.3",
    info: { title: "Acme", version: "1" },
    paths: parts.paths ?? { "/oauth/token": { post: operation } },
    components: { schemas: parts.schemas ?? {} },
    ...parts.more,
  };
}

export const grantRequest = { type: "object", properties: { grant_type: { type: "string" } }, required: ["grant_type"] };
export const tokenAnswer = { type: "object", properties: { access_token: { type: "string" } }, required: ["access_token"] };

/** Returns the only operation of a contract. */
export function operationOf({ document, path, method }: VendorContract): NonNullable<(typeof document.paths)[string]["post"]> {
  const operation = document.paths[path]?.[method];
  if (operation === undefined) throw new Error(`${method} ${path} is not in the document`);
  return operation;
}

/** Returns the schema of the request, or of an answer. */
export function schemaOf(contract: VendorContract, status?: string): Schema {
  const operation = operationOf(contract);
  const content = status === undefined ? operation.requestBody?.content : operation.responses[status]?.content;
  const { $ref = "" } = Object.values(content ?? {})[0]?.schema ?? {};
  return contract.document.components.schemas[$ref.replace("#/components/schemas/", "")] ?? {};
}

/** Lists what was decided, such as `pattern: left out`. */
export function decided({ decisions }: VendorContract): string[] {
  return decisions.map(({ what, value }) => `${what}: ${value}`);
}
