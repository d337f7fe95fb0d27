import type { BodyMaker } from "./body";
import { type Bundled } from "./bundle";
import type { DecisionLog } from "./decision";
import type { Header, ResponseObject } from "./document";
import { VendorSpecError } from "./errors";
import { asObject, asText, isHeaderName, type JsonObject } from "./json";
import { chooseResponseMedia, type ChosenMedia } from "./media";
import { resolveSchema } from "./merge";
import { inlineReference } from "./refs";
import type { SchemaTranslator } from "./schema";
import { describeStatus, type ExpandedStatuses, expandStatuses } from "./statuses";

/** Headers that the written contract declares itself, or that HTTP describes. */
const ownHeaders = ["cache-control", "pragma", "allow", "retry-after", "content-type", "content-length", "date"];

interface ResponseTools {
  bundled: Bundled;
  translator: SchemaTranslator;
  bodies: BodyMaker;
  log: DecisionLog;
  /** As messages name the vendor's file and operation. */
  file: string;
  /** Of the operation. */
  pointer: readonly string[];
}

/** Joins the answers of operations at one URL: one success, and every error that any of them declares. */
export function translateResponses(tools: ResponseTools, lists: readonly JsonObject[]): Record<string, ResponseObject> {
  const expanded = lists.map(expandStatuses);
  const responses: Record<string, ResponseObject> = {};
  Object.assign(responses, translateSuccess(tools, expanded));
  for (const { errors, dropped } of expanded) {
    for (const { status, vendorStatus, response } of errors) {
      if (responses[status] !== undefined) continue;
      const answer = inlineReference(tools.bundled, response);
      // The description of a range is about no status in particular.
      const own = status === vendorStatus ? answer : { ...answer, description: undefined };
      responses[status] = translateError(tools, status, vendorStatus, own);
    }
    if (dropped.length > 0)
      tools.log.decide([...tools.pointer, "responses"], "statuses", `${dropped.join(", ")} left out`, "the engine does not give them");
  }
  const ranges = [
    ...new Set(
      expanded.flatMap(({ errors }) => errors.filter((error) => error.vendorStatus !== error.status).map((error) => error.vendorStatus)),
    ),
  ];
  for (const range of ranges) {
    const statuses = expanded.flatMap(({ errors }) => errors.filter((error) => error.vendorStatus === range).map((error) => error.status));
    tools.log.decide(
      [...tools.pointer, "responses"],
      range,
      [...new Set(statuses)].join(", "),
      "these statuses are what the engine gives of it",
    );
  }
  return responses;
}

function translateSuccess(tools: ResponseTools, expanded: readonly ExpandedStatuses[]): Record<string, ResponseObject> {
  const given = expanded.flatMap(({ success }) => (success === undefined ? [] : [success]));
  const status = given[0]?.status ?? "200";
  const answers = given.map(({ response }) => inlineReference(tools.bundled, response));
  const follow = (node: unknown): JsonObject => inlineReference(tools.bundled, node);
  const media = answers.map((answer) => ({
    content: asObject(answer.content),
    chosen: chooseResponseMedia(asObject(answer.content), follow),
  }));
  const types = media.flatMap(({ content, chosen }) => (chosen === undefined ? Object.keys(content) : []));
  const chosen = media.map((entry) => entry.chosen).filter((entry) => entry !== undefined);
  const at = [...tools.pointer, "responses", status];
  if (chosen.length === 0 && types.length > 0) {
    throw new VendorSpecError(
      `${tools.file}: the success is ${types.join(" or ")}; this server answers in JSON, so it cannot speak this contract`,
    );
  }
  const [first] = given;
  if (first === undefined) tools.log.decide(at, "success", status, "the vendor declares none");
  else if (first.vendorStatus !== status) tools.log.decide(at, first.vendorStatus, status, "a success has one status here");
  const schema = tools.bodies.make("success", chosen.length === 0 ? [{}] : chosen.map((entry) => entry.schema ?? {}));
  const resolved = resolveSchema(schema, tools.translator.components);
  if (resolved.type !== undefined && resolved.type !== "object") {
    throw new VendorSpecError(
      `${tools.file}: the success is of type ${resolved.type}; this server answers with an object, so it cannot speak this contract`,
    );
  }
  const example = chosen.map((entry) => entry.example).find((entry) => entry !== undefined);
  return { [status]: makeResponse(tools, status, answers[0] ?? {}, { schema, example }) };
}

function translateError(tools: ResponseTools, status: string, vendorStatus: string, answer: JsonObject): ResponseObject {
  const content = asObject(answer.content);
  const chosen = chooseResponseMedia(content, (node) => inlineReference(tools.bundled, node));
  if (chosen === undefined) {
    const types = Object.keys(content);
    const at = [...tools.pointer, "responses", status];
    if (types.length > 0)
      tools.log.decide(at, `body of ${vendorStatus}`, "none", `the vendor's is ${types.join(" or ")}; this server answers in JSON`);
    return makeResponse(tools, status, answer, undefined);
  }
  return makeResponse(tools, status, answer, { schema: makeErrorSchema(tools, chosen), example: chosen.example });
}

function makeErrorSchema(tools: ResponseTools, chosen: ChosenMedia): ReturnType<BodyMaker["make"]> {
  return tools.bodies.make("error", [chosen.schema ?? { type: "object" }]);
}

function makeResponse(
  tools: ResponseTools,
  status: string,
  answer: JsonObject,
  body: { schema: ReturnType<BodyMaker["make"]>; example: unknown } | undefined,
): ResponseObject {
  const headers = translateHeaders(tools, asObject(answer.headers), [...tools.pointer, "responses", status]);
  return {
    description: asText(answer.description) ?? describeStatus(status),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(body !== undefined && {
      content: { "application/json": { schema: body.schema, ...(body.example !== undefined && { example: body.example }) } },
    }),
  };
}

/** Keeps the headers that an answer must have; an optional one that the engine knows nothing of would never be sent. */
function translateHeaders(tools: ResponseTools, given: JsonObject, at: readonly string[]): Record<string, Header> {
  const headers: Record<string, Header> = {};
  for (const [name, value] of Object.entries(given)) {
    const header = inlineReference(tools.bundled, value);
    if (name === "__proto__" || ownHeaders.includes(name.toLowerCase())) continue;
    if (!isHeaderName(name)) {
      tools.log.decide(at, `header ${name}`, "left out", "HTTP has no headers of such a name (RFC 9110 §5.1)");
      continue;
    }
    const schema = tools.translator.translate(header.schema ?? {}, [...at, "headers", name, "schema"]);
    headers[name] = {
      description: asText(header.description) ?? `The header ${name}.`,
      ...(header.required === true && { required: true }),
      schema: schema.$ref === undefined && schema.type === undefined ? { ...schema, type: "string" } : schema,
    };
  }
  return headers;
}
