import { toPascalCase } from "../codegen/name-rules";
import { checkPath, findBasePath, renamePathParameters } from "./base-path";
import { BodyMaker } from "./body";
import type { Bundled } from "./bundle";
import type { DecisionLog } from "./decision";
import type { OpenApiDocument, Operation, Schema } from "./document";
import { VendorSpecError } from "./errors";
import type { FoundOperation } from "./find-operation";
import { asArray, asObject, asText, isObject, type JsonObject } from "./json";
import type { LoadedSpec } from "./load";
import { chooseRequestMedia, form } from "./media";
import { resolveSchema } from "./merge";
import { nameSchemas } from "./names";
import { translateParameters } from "./parameters";
import { inlineReference } from "./refs";
import { translateResponses } from "./responses";
import { SchemaTranslator } from "./schema";
import { translateSecurity } from "./security";

interface Build {
  spec: LoadedSpec;
  found: FoundOperation;
  bundled: Bundled;
  name: string;
  log: DecisionLog;
}

/** Puts the document together from what the operation reaches. Its texts and examples are the vendor's still. */
export function buildDocument({ spec, found, bundled, name, log }: Build): { document: OpenApiDocument; path: string } {
  const [first] = bundled.operations;
  if (first === undefined) throw new VendorSpecError(`${spec.name}: the operation is empty`);
  const { path, renamed } = renamePathParameters(findBasePath(first.operation, first.item, spec.root) + found.path);
  const { method } = found;
  checkPath(spec.name, path);
  const pointer = ["paths", path, method];
  decidePath(log, pointer, found, path);
  const pascal = toPascalCase(name);
  const vendorSchemas = asObject(bundled.components.schemas);
  const names = nameSchemas(Object.keys(vendorSchemas), pascal);
  const translator = new SchemaTranslator(vendorSchemas, names, log);
  const bodies = new BodyMaker(translator, names, pascal, log);
  const file = `${spec.name}: ${method.toUpperCase()} ${found.path}`;
  const operations = bundled.operations.map(({ operation }) => operation);
  const lists = bundled.operations.map(({ item, operation }) => listParameters(bundled, item, operation));
  const { parameters, authorization } = translateParameters({ translator, pointer, log, pathNames: renamed }, lists);
  const responses = translateResponses(
    { bundled, translator, bodies, log, file, pointer },
    operations.map((operation) => asObject(operation.responses)),
  );
  const { security, securitySchemes } = translateSecurity(
    first.operation,
    spec.root,
    asObject(asObject(spec.root.components).securitySchemes),
    pointer,
    log,
  );
  if (authorization !== undefined && security.length === 0) {
    const scheme = `${authorization}Authorization`;
    securitySchemes[scheme] = { type: "http", scheme: authorization };
    security.push({ [scheme]: [] });
    log.decide([...pointer, "security"], "security", authorization, "the vendor describes it as the header Authorization");
  }
  const bare = method === "post" && parameters.every((parameter) => parameter.in === "path") && security.length === 0;
  const requestBody = translateRequest({ bundled, bodies, translator, log, file, pointer, bare }, operations);
  const operation: Operation = {
    tags: [name],
    operationId: `issue${pascal}Token`,
    summary: operations.map(({ summary }) => asText(summary)).find((text) => text !== undefined) ?? "Obtain a token",
    description: joinTexts(operations.map(({ description, summary }) => asText(description) ?? asText(summary))) ?? "Issues a token.",
    security,
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody !== undefined && { requestBody }),
    responses,
  };
  const components = { schemas: translator.components, ...(Object.keys(securitySchemes).length > 0 && { securitySchemes }) };
  return {
    document: { ...describeContract(name, asObject(spec.root.info)), paths: { [path]: { [method]: operation } }, components },
    path,
  };
}

function describeContract(name: string, info: JsonObject): Omit<OpenApiDocument, "paths" | "components"> {
  return {
    openapi: "3.0.3",
    info: {
      title: `Polymint, ${name} contract`,
      version: asText(info.version) ?? "1.0.0",
      description: `The token endpoint of ${asText(info.title) ?? name}, answered by Polymint.`,
      contact: { name: "The maintainers of Polymint" },
      license: { name: "UNLICENSED" },
    },
    servers: [{ url: "/" }],
    tags: [{ name, description: `The token endpoint of the ${name} contract.` }],
  };
}

function decidePath(log: DecisionLog, pointer: readonly string[], found: FoundOperation, path: string): void {
  log.decide(pointer, "operation", `${found.method.toUpperCase()} ${path}`, found.why);
  if (path !== found.path) log.decide(pointer, "path", path, `the vendor's server has the base path ${path.slice(0, -found.path.length)}`);
  const others = found.places.map((place) => place.path).filter((other) => other !== found.path);
  if (found.places.length > 1) {
    log.decide(
      pointer,
      "joined paths",
      found.places.map((place) => place.path).join(", "),
      "a query or a fragment makes no other URL; one operation takes the fields of all",
    );
  } else if (others.length > 0) log.decide(pointer, "path", path, `${others.join(", ")}: a query is no part of a path`);
}

/** Parameters of the path count where the operation has none of the same name and place (OpenAPI 3.0.3 §4.7.9.1). */
function listParameters(bundled: Bundled, item: JsonObject, operation: JsonObject): JsonObject[] {
  const own = asArray(operation.parameters).map((parameter) => inlineReference(bundled, parameter));
  const shared = asArray(item.parameters).map((parameter) => inlineReference(bundled, parameter));
  return [...own, ...shared.filter((other) => own.every((parameter) => parameter.name !== other.name || parameter.in !== other.in))];
}

interface RequestTools {
  bundled: Bundled;
  bodies: BodyMaker;
  translator: SchemaTranslator;
  log: DecisionLog;
  file: string;
  pointer: readonly string[];
  /** Neither a parameter nor a security scheme says who asks. */
  bare: boolean;
}

/** A vendor that describes no request at all means the one of RFC 6749. */
function makeStandardBody(tools: RequestTools): Operation["requestBody"] {
  const schema = tools.bodies.make("request", [{}]);
  return { required: true, description: "What is asked for, and the proof of who asks.", content: { [form]: { schema } } };
}

function translateRequest(tools: RequestTools, operations: readonly JsonObject[]): Operation["requestBody"] {
  const bodies = operations
    .map(({ requestBody }) => inlineReference(tools.bundled, requestBody))
    .filter(({ content }) => isObject(content));
  if (bodies.length === 0) return tools.bare ? makeStandardBody(tools) : undefined;
  if (tools.pointer.at(-1) === "get") {
    tools.log.decide(tools.pointer, "request body", "left out", "the content of a GET request means nothing (RFC 9110 §9.3.1)");
    return undefined;
  }
  const chosen = bodies.map(({ content }) => chooseRequestMedia(asObject(content), (node) => inlineReference(tools.bundled, node)));
  const types = bodies.flatMap(({ content }) => Object.keys(asObject(content)));
  const [first] = chosen;
  if (first === undefined) {
    throw new VendorSpecError(
      `${tools.file} takes ${types.join(" or ")}; this server reads forms and JSON, so it cannot speak this contract`,
    );
  }
  const at = [...tools.pointer, "requestBody", "content", first.type];
  if (types.some((type) => type !== first.type)) {
    const why =
      first.type === form && first.vendorType !== form
        ? "this server reads no multipart bodies; the fields are the same"
        : "one media type per body";
    tools.log.decide(at, "request media type", first.type, `the vendor takes ${[...new Set(types)].join(", ")}; ${why}`);
  }
  const schema = tools.bodies.make(
    "request",
    chosen.map((media) => media?.schema ?? {}),
  );
  const example = chosen.map((media) => media?.example).find((entry) => entry !== undefined);
  return {
    required: bodies.every(({ required }) => required === true) || hasRequired(resolveSchema(schema, tools.translator.components)),
    description: joinTexts(bodies.map(({ description }) => asText(description))) ?? "What is asked for, and the proof of who asks.",
    content: { [first.type]: { schema, ...(example !== undefined && { example }) } },
  };
}

function hasRequired(schema: Schema): boolean {
  return (schema.required ?? []).length > 0;
}

function joinTexts(texts: readonly (string | undefined)[]): string | undefined {
  const given = [...new Set(texts.filter((text) => text !== undefined))];
  return given.length === 0 ? undefined : given.join("\n\n");
}
