import type { RefusalCode } from "../engine/refusal";
import { type Entry, toAccess, toObject, toSource } from "./code";
import type { LocatedDecision } from "./decision";
import { isObject, listMembers, type Member, type OpenApiDocument, type Schema, simplify } from "./document";
import { findNearest, meanings, spellLike } from "./error-codes";
import { findValue } from "./values";
import { isNamed, reduceName } from "./words";

/** How a contract writes an error of one schema. */
export interface ErrorBody {
  /** An expression. It uses `answer`, `refusal`, `status` and `exchange`. */
  source: string;
  /** What stands beside the status in the table of answers: a name, and its value for each refusal. */
  columns: readonly Column[];
}

export interface Column {
  name: string;
  valueOf: (code: RefusalCode, status: number) => string | number;
}

interface Walk {
  document: OpenApiDocument;
  columns: Column[];
  decisions: LocatedDecision[];
  /** What the body says so far. */
  said: Set<"code" | "text">;
  examples: readonly unknown[];
}

const codeNames = [
  "error",
  "errorcode",
  "code",
  "errorname",
  "errortype",
  "errorkey",
  "reason",
  "reasoncode",
  "type",
  "name",
  "key",
  "errorid",
  "faultcode",
];
const statusNames = ["status", "statuscode", "httpstatus", "httpcode", "httpstatuscode", "errorstatus"];
const textNames = [
  ...["errordescription", "description", "message", "errormessage", "errormsg", "msg", "detail", "details", "text", "usermessage"],
  ...["developermessage", "faultstring", "errordetail", "errordetails", "errortext", "moreinformation"],
];
const titleNames = ["title", "httpmessage", "reasonphrase", "statustext", "summary"];
const pathNames = ["instance", "path"];
const idNames = [
  ...["requestid", "correlationid", "traceid", "transactionid", "errorid", "logid", "incidentid", "supportid", "debugid", "trackingid"],
  ...["xrequestid", "errorreference", "reference", "eventid", "id"],
];
/** An address where more is told; this server has no such page. */
const linkNames = ["link", "links", "url", "uri", "href", "moreinfo", "infolink", "documentation", "documentationurl", "helpurl"];
const timeNames = ["timestamp", "time", "date", "datetime", "occurredat", "createdat"];

/** Infers how an error of this schema is written, from the names and types of its members. */
export function inferErrorBody(
  document: OpenApiDocument,
  schema: Schema,
  examples: readonly unknown[],
  decisions: LocatedDecision[],
): ErrorBody {
  const walk: Walk = { document, columns: [], decisions, said: new Set(), examples };
  return { source: writeValue(walk, simplify(document, schema)), columns: walk.columns };
}

function writeValue(walk: Walk, schema: Schema): string {
  if (schema.type === "array") return `[${writeValue(walk, simplify(walk.document, schema.items ?? { type: "string" }))}]`;
  if (schema.type === "string") return writeText(schema);
  const members = listMembers(walk.document, schema);
  const written = new Map<Member, Entry>();
  const isNested = ({ schema: each }: Member): boolean => isObject(walk.document, each) || each.type === "array";
  // Nested members come last: an optional one is needed only if the object does not say by itself what is wrong.
  for (const member of [...members.filter((each) => !isNested(each)), ...members.filter(isNested)]) {
    const entry = isNested(member) ? writeNested(walk, member) : writeMember(walk, member, members);
    if (entry !== undefined) written.set(member, { name: member.name, ...entry });
  }
  return toObject(members.flatMap((member) => written.get(member) ?? []));
}

type Written = Pick<Entry, "value">;

function writeMember(walk: Walk, member: Member, siblings: readonly Member[]): Written | undefined {
  const known = writeKnown(walk, member, siblings);
  if (known !== undefined) return { value: known };
  if (!member.required) return undefined;
  if (isNamed(member.name, linkNames) && (member.schema.type ?? "string") === "string") return { value: toSource("about:blank") };
  const { value, from } = findValue(walk.document, member.schema);
  const shown = from === "type" ? listShown(walk, member)[0] : undefined;
  const chosen = shown ?? value;
  const why = `the engine does not make it, and it must be there: look at it (${shown === undefined ? from : "example"})`;
  walk.decisions.push({ what: `error's ${member.name}`, value: JSON.stringify(chosen), why, at: { file: "refuse", text: member.name } });
  return { value: toSource(chosen) };
}

function writeKnown(walk: Walk, member: Member, siblings: readonly Member[]): string | undefined {
  const { name, schema, required } = member;
  const shown = listShown(walk, member);
  const isNumber = schema.type === "integer" || schema.type === "number";
  if (schema.type === "boolean")
    return isNamed(name, ["success", "ok", "issuccess"]) ? "false" : isNamed(name, ["iserror", "failed"]) ? "true" : undefined;
  if (isNumber && isNamed(name, [...statusNames, ...codeNames])) return writeNumber(walk, member);
  if (isNumber) return isNamed(name, timeNames) && required ? "tellTime()" : undefined;
  if (schema.type !== "string" && schema.type !== undefined) return undefined;
  if (isNamed(name, textNames)) return say(walk, "text", writeText(schema));
  if (isNamed(name, titleNames)) return "nameStatus(answer.status)";
  if (isNamed(name, pathNames)) return writePath(member, siblings);
  if (isNamed(name, idNames) && (required || reduceName(name) !== "id")) return writeId(schema);
  if (isNamed(name, timeNames)) return required ? "new Date(tellTime()).toISOString()" : undefined;
  if (isNamed(name, [...statusNames, ...codeNames])) return writeCode(walk, member, siblings, shown);
  return undefined;
}

function say(walk: Walk, what: "code" | "text", source: string): string {
  walk.said.add(what);
  return source;
}

function writeText({ maxLength, enum: listed }: Schema): string {
  if (listed !== undefined) return toSource(listed[0]);
  return maxLength === undefined ? "describeRefusal(refusal)" : `describeRefusal(refusal).slice(0, ${maxLength})`;
}

/** The status as a number, or the nearest of those that the schema lists. */
function writeNumber(walk: Walk, member: Member): string {
  walk.said.add("code");
  const listed = (member.schema.enum ?? []).filter((value) => typeof value === "number");
  if (listed.length === 0) return "answer.status";
  return addColumn(walk, member.name, (_code, status) => listed.find((value) => value === status) ?? listed[0] ?? status);
}

function writeCode(walk: Walk, member: Member, siblings: readonly Member[], shown: readonly unknown[]): string | undefined {
  const { name, schema } = member;
  const listed = (schema.enum ?? []).filter((value) => typeof value === "string");
  if (isAddress(member, siblings, shown)) return toSource(shown.find((value) => value === "about:blank") ?? "about:blank");
  walk.said.add("code");
  if (listed.length === 1) return toSource(listed[0]);
  if (listed.length > 1 && listed.every((value) => /^\d{3}$/.test(value)))
    return addColumn(walk, name, (_code, status) => listed.find((value) => value === String(status)) ?? listed[0] ?? "");
  if (listed.length > 1) {
    const value = `the nearest of ${listed.length}`;
    walk.decisions.push({
      what: `error's ${name}`,
      value,
      why: "the file lists its codes",
      at: { file: "refuse", text: "invalid_client:" },
    });
    return addColumn(walk, name, (code) => findNearest(code, listed));
  }
  if (shown.some((value) => typeof value === "string" && /^\d{3,}$/.test(value))) return "String(answer.status)";
  if (
    shown.some((value) => typeof value === "string" && /^[A-Z][a-z]+(?: [A-Z]?[a-z]+)+$/.test(value)) &&
    isNamed(name, ["error", "status", "reason"])
  )
    return "nameStatus(answer.status)";
  if (isNamed(name, statusNames))
    return shown.some((value) => typeof value === "string" && /^[a-z]+$/i.test(value)) ? toSource(shown[0]) : "String(answer.status)";
  return addColumn(walk, name, (code) => spellLike(meanings[code].code, shown));
}

/** Whether a member called `type` is the address of a kind of problem (RFC 9457 §3.1.1). */
function isAddress({ name, schema }: Member, siblings: readonly Member[], shown: readonly unknown[]): boolean {
  if (reduceName(name) !== "type" || schema.enum !== undefined) return false;
  if (schema.format === "uri" || schema.format === "uri-reference") return true;
  return shown.some((value) => /^about:|:\/\//.test(String(value))) || siblings.some((each) => isNamed(each.name, titleNames));
}

/** A relative reference is no `uri`, so there the path stands as the name of this one event (RFC 9457 §3.1.5). */
function writePath({ name, schema, required }: Member, siblings: readonly Member[]): string | undefined {
  const isProblem = siblings.some((each) => isNamed(each.name, titleNames));
  if (!required && !(isProblem && reduceName(name) === "instance")) return undefined;
  return schema.format === "uri" ? "`urn:uuid:${exchange.correlationId}`" : "exchange.path";
}

const sample = "0f8fad5b-d9cb-469f-a165-708677289501";

/** The id of the request; undefined if it does not fit the member. */
function writeId({ pattern, maxLength = 36, enum: listed, format }: Schema): string | undefined {
  if (listed !== undefined || (format !== undefined && format !== "uuid")) return undefined;
  const isShort = maxLength < sample.length || pattern?.includes("{32}") === true;
  if (isShort && maxLength >= 32) return 'exchange.correlationId.replaceAll("-", "")';
  return isShort || (pattern !== undefined && !pattern.includes("-")) ? undefined : "exchange.correlationId";
}

/** Goes into a member that must be there, or that says what the object does not say by itself. */
function writeNested(walk: Walk, { name, schema, required }: Member): Written | undefined {
  const before = walk.said.size;
  const wanted =
    !(walk.said.has("text") || walk.said.has("code")) &&
    isNamed(name, ["error", "errors", "fault", "data", "status", "meta", "details", "messages"]);
  if (!required && !wanted) return undefined;
  const item = schema.type === "array" ? simplify(walk.document, schema.items ?? { type: "string" }) : schema;
  if (item.type !== "string" && !isObject(walk.document, item))
    return required ? { value: toSource(findValue(walk.document, schema).value) } : undefined;
  const inner: Walk = { ...walk, said: new Set(walk.said) };
  const value = writeValue(inner, item);
  if (!required && inner.said.size === before && item.type !== "string") return undefined;
  if (schema.type === "array" && inner.said.size === before && walk.said.size > 0 && (schema.minItems ?? 0) === 0) return { value: "[]" };
  for (const each of inner.said) walk.said.add(each);
  return { value: schema.type === "array" ? `[${value}]` : value };
}

/** Adds a column to the table of answers. Two members of one name and different values have different columns. */
function addColumn(walk: Walk, name: string, valueOf: Column["valueOf"]): string {
  const own = name === "status" ? "statusName" : name;
  const taken = walk.columns.filter((column) => column.name.startsWith(own)).length;
  const column = { name: taken === 0 ? own : `${own}${taken + 1}`, valueOf };
  walk.columns.push(column);
  return toAccess("answer", column.name);
}

function listShown({ examples }: Walk, { name, schema }: Member): unknown[] {
  return [schema.default, schema.example, ...examples.flatMap((example) => findDeep(example, name, 0))].filter(
    (value) => value !== undefined,
  );
}

function findDeep(value: unknown, name: string, depth: number): unknown[] {
  if (typeof value !== "object" || value === null || depth > 4) return [];
  const own: unknown = Reflect.get(value, name);
  return own !== undefined && typeof own !== "object" ? [own] : Object.values(value).flatMap((each) => findDeep(each, name, depth + 1));
}
