import type { RefusalCode } from "../engine/refusal";
import { toAccess, toSource } from "./code";
import type { LocatedDecision } from "./decision";
import type { Member, OpenApiDocument, Schema } from "./document";
import { findNearest, meanings, spellLike } from "./error-codes";
import { listShown } from "./stand-in";
import { isNamed, reduceName } from "./words";

/** A column of the table of answers. */
export interface Column {
  name: string;
  valueOf: (code: RefusalCode, status: number) => string | number;
}

/** What is known while the members of one object are written. */
export interface ErrorWalk {
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
const timeNames = ["timestamp", "time", "date", "datetime", "occurredat", "createdat"];

/** Writes what the engine knows for a member, by its name and type; undefined where it knows nothing, or an optional one is left out. */
export function writeKnown(walk: ErrorWalk, member: Member, siblings: readonly Member[]): string | undefined {
  const { name, schema, required } = member;
  const shown = listShown(member, walk.examples);
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

function say(walk: ErrorWalk, what: "code" | "text", source: string): string {
  walk.said.add(what);
  return source;
}

/** Writes the sentence that says what is wrong, as long as the schema allows. */
export function writeText({ maxLength, enum: listed }: Schema): string {
  if (listed !== undefined) return toSource(listed[0]);
  return maxLength === undefined ? "describeRefusal(refusal)" : `describeRefusal(refusal).slice(0, ${maxLength})`;
}

/** The status as a number, or the nearest of those that the schema lists. */
function writeNumber(walk: ErrorWalk, member: Member): string {
  walk.said.add("code");
  const listed = (member.schema.enum ?? []).filter((value) => typeof value === "number");
  if (listed.length === 0) return "answer.status";
  return addColumn(walk, member.name, (_code, status) => listed.find((value) => value === status) ?? listed[0] ?? status);
}

function writeCode(walk: ErrorWalk, member: Member, siblings: readonly Member[], shown: readonly unknown[]): string | undefined {
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

/** Adds a column to the table of answers. Two members of one name and different values have different columns. */
function addColumn(walk: ErrorWalk, name: string, valueOf: Column["valueOf"]): string {
  const own = name === "status" ? "statusName" : name;
  const taken = walk.columns.filter((column) => column.name.startsWith(own)).length;
  const column = { name: taken === 0 ? own : `${own}${taken + 1}`, valueOf };
  walk.columns.push(column);
  return toAccess("answer", column.name);
}
