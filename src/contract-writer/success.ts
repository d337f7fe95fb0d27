import { toPascalCase } from "../codegen/name-rules";
import { ContractWriterError, type LocatedDecision } from "./decision";
import {
  findMedia,
  listMembers,
  type Member,
  type OpenApiDocument,
  type ResponseObject,
  resolveRef,
  type Schema,
  simplify,
} from "./document";
import type { OfferedGrant } from "./grants";
import { listExamples, type VendorRequest } from "./request";
import { listShown } from "./stand-in";
import { type SuccessWalk, writeValue } from "./success-body";
import type { Role } from "./success-roles";

/** The answer that carries a token. */
export interface SuccessBody {
  status: number;
  mediaType: string;
  /** An expression for the body. It uses `issued`, and perhaps `exchange`. */
  source: string;
  hasIdToken: boolean;
  /** What the file shows and says of the lifetime; `unit` is how many of its units a second has. */
  lifetime: { shown: readonly unknown[]; description: string | undefined; unit: number };
  refreshDescription: string | undefined;
  /** Where each thing stands, as a JSON pointer. */
  places: Readonly<Partial<Record<Role, string>>>;
}

/**
 * Infers the body of a success from the names that RFC 6749 §5.1 and its relatives give to its members.
 * @throws ContractWriterError if no member can take the token
 */
export function inferSuccess(
  request: VendorRequest,
  name: string,
  offered: readonly OfferedGrant[],
  decisions: LocatedDecision[],
): SuccessBody {
  const { document, operation } = request;
  const { status, response } = chooseSuccess(document, operation.responses);
  const { type: mediaType, media } = findMedia(response.content) ?? {};
  const given = media?.schema === undefined ? undefined : simplify(document, media.schema);
  const usable = given !== undefined && (given.type === "array" || given.type === "string" || isUsable(document, given));
  const schema = usable ? given : addUsualBody(document, response, name, status, request, decisions);
  const examples = listExamples(document, media);
  const shownOf = (member: Member): unknown[] => listShown(member, examples);
  const walk: SuccessWalk = { document, decisions, found: new Map(), at: "", examples, offered, shownOf };
  const source = writeValue(walk, schema);
  if (!walk.found.has("accessToken")) {
    const members = listMembers(document, schema).map((member) => member.name);
    throw new ContractWriterError(
      `the answer ${status} has no member for the token among ${members.join(", ")}; call one access_token in a copy of the file, and add that`,
    );
  }
  const lifetime = walk.found.get("expiresIn");
  const value = [...walk.found].map(([role, member]) => `${member.name} (${role})`).join(", ");
  decisions.push({
    what: "success",
    value: `${status}: ${value}`,
    why: "by the names and types of its members",
    at: { file: "grant", text: "body:" },
  });
  return {
    status,
    mediaType: usable ? (mediaType ?? "application/json") : "application/json",
    source,
    hasIdToken: walk.found.has("idToken"),
    lifetime: {
      shown: lifetime === undefined ? [] : shownOf(lifetime),
      description: lifetime?.schema.description,
      unit: /millisecond/i.test(lifetime?.schema.description ?? "") ? 1000 : 1,
    },
    refreshDescription: walk.found.get("refreshToken")?.schema.description,
    places: Object.fromEntries([...walk.found].map(([role, { at }]) => [role, at])),
  };
}

/** An object whose members are not said would generate a type that is always empty. */
function isUsable(document: OpenApiDocument, schema: Schema): boolean {
  return listMembers(document, schema).length > 0;
}

function chooseSuccess(document: OpenApiDocument, responses: Record<string, ResponseObject>): { status: number; response: ResponseObject } {
  const successes = Object.entries(responses).filter(([status]) => /^2\d\d$/.test(status));
  const listed = successes.map(([status, response]) => ({ status: Number(status), response: resolveRef(document, response) }));
  const chosen = listed.find(({ response }) => findMedia(response.content)?.media.schema !== undefined) ?? listed[0];
  if (chosen === undefined) throw new ContractWriterError("the operation declares no success");
  return chosen;
}

/** The body of RFC 6749 §5.1, where the file says nothing of the body. */
function addUsualBody(
  document: OpenApiDocument,
  response: ResponseObject,
  name: string,
  status: number,
  { path, method }: VendorRequest,
  decisions: LocatedDecision[],
): Schema {
  const schema: Schema = {
    type: "object",
    description: "An access token (RFC 6749 §5.1).",
    required: ["access_token", "token_type", "expires_in"],
    properties: {
      access_token: { type: "string", description: "The access token." },
      token_type: { type: "string", description: "How the access token is presented." },
      expires_in: { type: "integer", description: "Seconds until the token expires." },
      scope: { type: "string", description: "The scopes of the token, separated by spaces." },
      refresh_token: { type: "string", description: "A token for the next access token." },
      id_token: { type: "string", description: "Who the token is about." },
    },
  };
  const title = `${toPascalCase(name)}Token`;
  const schemas = ((document.components ??= {}).schemas ??= {});
  const free = schemas[title] === undefined ? title : `${title}Answer`;
  schemas[free] = schema;
  response.content = { "application/json": { schema: { $ref: `#/components/schemas/${free}` } } };
  const why = "the file does not say what the body holds, so it is that of RFC 6749 §5.1";
  const pointer = ["paths", path, method, "responses", String(status)];
  decisions.push({ what: "success", value: "RFC 6749 body", why, at: { file: "spec", pointer } });
  return schema;
}
