import type { DecisionLog } from "./decision";
import type { Parameter } from "./document";
import { asArray, asObject, asText, isHeaderName, type JsonObject } from "./json";
import type { SchemaTranslator } from "./schema";

/** Headers that OpenAPI describes elsewhere: a parameter of these names is ignored (OpenAPI 3.0.3 §4.7.12.2). */
const ignored = ["accept", "content-type", "authorization"];

/** How credentials are sent, as an operation's own `Authorization` parameter describes it. */
type AuthorizationScheme = "basic" | "bearer";

interface TranslatedParameters {
  parameters: Parameter[];
  /** It counts where no security scheme is declared. */
  authorization: AuthorizationScheme | undefined;
}

interface ParameterTools {
  translator: SchemaTranslator;
  /** Of the operation. */
  pointer: readonly string[];
  log: DecisionLog;
  /** The parameters that the path has, by the vendor's name, with the name that Express reads. */
  pathNames: ReadonlyMap<string, string>;
}

/**
 * Joins the parameters of several operations at one URL; what not all of them require is optional.
 * @param lists parameters of each operation, with references resolved
 */
export function translateParameters(tools: ParameterTools, lists: readonly (readonly JsonObject[])[]): TranslatedParameters {
  const { translator, pointer, log, pathNames } = tools;
  const parameters: Parameter[] = [];
  let authorization: AuthorizationScheme | undefined;
  for (const given of lists.flat()) {
    const name = asText(given.name);
    const place = asText(given.in);
    if (name === undefined || (place !== "query" && place !== "header" && place !== "path" && place !== "cookie")) continue;
    if (place === "path" && !pathNames.has(name)) continue;
    if (place === "header" && name.toLowerCase() === "authorization") authorization = readAuthorization(given);
    const reason = explainOmission(place, name);
    if (reason !== undefined) {
      log.decide(pointer, `parameter ${name}`, "left out", reason);
      continue;
    }
    if (parameters.some((known) => known.name === name && known.in === place)) continue;
    const holders = lists.filter((list) =>
      list.some((other) => other.name === name && other.in === place && (other.required === true || place === "path")),
    );
    const at = [...pointer, "parameters", String(parameters.length), "schema"];
    const schema = translator.translate(given.schema ?? asObject(Object.values(asObject(given.content))[0]).schema ?? {}, at);
    const example = given.example ?? asObject(Object.values(asObject(given.examples))[0]).value;
    parameters.push({
      name: place === "path" ? (pathNames.get(name) ?? name) : name,
      in: place,
      description: asText(given.description) ?? `The ${place} parameter ${name}.`,
      ...((place === "path" || holders.length === lists.length) && { required: true }),
      schema: schema.$ref === undefined && schema.type === undefined ? { type: "string", ...schema } : schema,
      ...(example !== undefined && { example }),
    });
  }
  for (const name of pathNames.values()) {
    if (parameters.some((known) => known.in === "path" && known.name === name)) continue;
    parameters.push({ name, in: "path", description: `The path parameter ${name}.`, required: true, schema: { type: "string" } });
  }
  return { parameters, authorization };
}

/** @returns why the server does not read such a parameter; undefined if it does */
function explainOmission(place: string, name: string): string | undefined {
  if (place === "cookie") return "a token endpoint that reads cookies could be called from other sites; none is read";
  if (place === "query" && /[[\]]/.test(name)) return "the server has no objects in a query; what is sent under this name is ignored";
  if (place !== "header") return undefined;
  if (ignored.includes(name.toLowerCase())) return "OpenAPI describes this header elsewhere, and ignores a parameter of this name";
  return isHeaderName(name) ? undefined : "HTTP has no headers of such a name (RFC 9110 §5.1)";
}

function readAuthorization(parameter: JsonObject): AuthorizationScheme | undefined {
  const words = [
    parameter.description,
    parameter.example,
    asObject(parameter.schema).example,
    asObject(parameter.schema).pattern,
    ...asArray(asObject(parameter.schema).enum),
  ];
  const text = words.map((word) => asText(word) ?? "").join(" ");
  if (/basic/i.test(text)) return "basic";
  return /bearer/i.test(text) ? "bearer" : undefined;
}
