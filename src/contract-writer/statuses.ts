import type { RefusalCode } from "../engine/refusal";
import { describeStatus } from "../vendor-spec/statuses";
import type { LocatedDecision } from "./decision";
import {
  findMedia,
  type Header,
  listMembers,
  type OpenApiDocument,
  type Operation,
  type ResponseObject,
  resolveRef,
  type Schema,
  simplify,
} from "./document";
import { meanings } from "./error-codes";
import { joinWords, reduceName } from "./words";

/** Statuses that HTTP or the server forces. */
const forced = ["404", "405", "413", "415", "429", "500", "503"];
/** Those of a file that declares none for the faults of clients. */
const forClients = ["400", "401"];

const headers: Readonly<Record<string, { name: string; header: Header }>> = {
  "Cache-Control": {
    name: "NoStore",
    header: {
      description: "Answers that concern credentials are never cached.",
      required: true,
      schema: { type: "string", enum: ["no-store"] },
      example: "no-store",
    },
  },
  Pragma: {
    name: "NoCache",
    header: {
      description: "The same for caches that know only HTTP/1.0 (RFC 6749 §5.1).",
      required: true,
      schema: { type: "string", enum: ["no-cache"] },
      example: "no-cache",
    },
  },
  "WWW-Authenticate": {
    name: "WwwAuthenticate",
    header: {
      description: "The challenge, always for Basic (RFC 6749 §5.2).",
      required: true,
      schema: { type: "string" },
      example: 'Basic realm="polymint", charset="UTF-8"',
    },
  },
  Allow: {
    name: "Allow",
    header: { description: "The methods the path knows.", required: true, schema: { type: "string" }, example: "POST" },
  },
  "Retry-After": {
    name: "RetryAfter",
    header: {
      description: "Whole seconds to wait before the next attempt.",
      required: true,
      schema: { type: "string" },
      example: "10",
    },
  },
};

/** The headers of the engine for a status. */
export function listEngineHeaders(status: number, offersBasic: boolean): string[] {
  return [
    "Cache-Control",
    ...(status < 300 ? ["Pragma"] : []),
    ...(status === 401 && offersBasic ? ["WWW-Authenticate"] : []),
    ...(status === 405 ? ["Allow"] : []),
    ...(status === 429 || status === 503 ? ["Retry-After"] : []),
  ];
}

interface StatusFacts {
  operation: Operation;
  /** In PascalCase. */
  name: string;
  offersBasic: boolean;
  /** Where the operation stands in the document. */
  pointer: readonly string[];
}

/**
 * Completes the responses of the operation: the statuses that HTTP forces in the vendor's own shape of errors, and the headers
 * that go with each status.
 * @returns the status of each refusal
 */
export function completeStatuses(
  document: OpenApiDocument,
  { operation, name, offersBasic, pointer }: StatusFacts,
  decisions: LocatedDecision[],
): Record<RefusalCode, number> {
  const { responses } = operation;
  for (const [status, response] of Object.entries(responses)) {
    responses[status] = structuredClone(resolveRef(document, response));
    if (/^[45]/.test(status)) fillFreeErrors(document, responses[status]);
  }
  const answersClients = Object.keys(responses).some((status) => /^4\d\d$/.test(status) && !forced.includes(status));
  const needed = answersClients ? forced : [...forClients, ...forced];
  const missing = needed.filter((status) => responses[status] === undefined);
  const errors = Object.entries(responses).filter(([status]) => /^[45]/.test(status));
  const isSilent = errors.every(([, response]) => findMedia(response.content)?.media.schema === undefined);
  const content = missing.length > 0 || isSilent ? findErrorContent(document, responses, name) : undefined;
  // Where a file describes no error's body at all, it does not mean that there is none (RFC 6749 §5.2).
  if (isSilent) for (const [, response] of errors) response.content = structuredClone(content ?? {});
  for (const status of missing)
    responses[status] = {
      "x-undocumented": true,
      description: describeStatus(status),
      ...(content && { content: structuredClone(content) }),
    };
  if (missing.length > 0) {
    const value = missing.join(", ");
    const shape = isSilent ? "their bodies are RFC 6749's, for the file describes none" : "they have the shape of the file's own errors";
    const why = `the server answers with them whatever the file says; ${shape}`;
    decisions.push({ what: "added statuses", value, why, at: { file: "spec", pointer: [...pointer, "responses", missing[0] ?? ""] } });
  }
  operation.responses = Object.fromEntries(Object.entries(responses).sort(([one], [other]) => Number(one) - Number(other)));
  for (const [status, response] of Object.entries(responses))
    addHeaders(document, response, listEngineHeaders(Number(status), offersBasic));
  return mapRefusals(operation.responses, decisions);
}

/** The body of the file's own errors; that of RFC 6749 §5.2 if the file has none. */
function findErrorContent(document: OpenApiDocument, responses: Record<string, ResponseObject>, name: string): ResponseObject["content"] {
  const inOrder = ["400", "401", "403", "422", ...Object.keys(responses).filter((status) => /^[45]/.test(status))];
  for (const status of inOrder) {
    const { type, media } = findMedia(responses[status]?.content) ?? {};
    if (type !== undefined && media?.schema !== undefined) return { [type]: { schema: media.schema } };
  }
  const schemas = ((document.components ??= {}).schemas ??= {});
  const title = schemas[`${name}Error`] === undefined ? `${name}Error` : `${name}Refusal`;
  schemas[title] = makeUsualError();
  return { "application/json": { schema: { $ref: `#/components/schemas/${title}` } } };
}

/** An object whose members are not said would generate a type that is always empty. */
function fillFreeErrors(document: OpenApiDocument, response: ResponseObject): void {
  for (const media of Object.values(response.content ?? {})) {
    const schema = simplify(document, media.schema ?? {});
    if ((schema.type ?? "object") !== "object" || listMembers(document, schema).length > 0) continue;
    Object.assign(schema, makeUsualError());
    media.schema ??= schema;
  }
}

/** The error of RFC 6749 §5.2. */
function makeUsualError(): Schema {
  return {
    type: "object",
    description: "Why there is no token (RFC 6749 §5.2).",
    required: ["error", "error_description"],
    properties: {
      error: { type: "string", description: "A code for programs.", example: "invalid_client" },
      error_description: { type: "string", description: "A sentence for people.", example: "Client authentication failed." },
    },
  };
}

function addHeaders(document: OpenApiDocument, response: ResponseObject, names: readonly string[]): void {
  const known = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const others = Object.entries(response.headers ?? {}).filter(([name]) => !known.has(name.toLowerCase()));
  const declared = ((document.components ??= {}).headers ??= {});
  const own = names.map((name): [string, Header] => {
    const { name: component = "", header } = headers[name] ?? {};
    if (header !== undefined) declared[component] = header;
    return [name, { $ref: `#/components/headers/${component}` }];
  });
  response.headers = Object.fromEntries([...own, ...others]);
}

/** Finds the nearest declared status for each refusal. */
function mapRefusals(responses: Record<string, ResponseObject>, decisions: LocatedDecision[]): Record<RefusalCode, number> {
  const declared = Object.keys(responses).map(Number);
  const ofClients = declared.filter((status) => status >= 400 && status < 500 && !forced.includes(String(status)));
  // A file with statuses of its own says in words which is which.
  const told = ofClients.map((status) => ({ status, words: reduceName(responses[status]?.description ?? "") }));
  const entries = Object.entries(meanings).map(([code, { statuses, words }]) => {
    const byWord = words.flatMap((word) => told.filter((each) => each.words.includes(word)));
    return [code, statuses.find((status) => declared.includes(status)) ?? byWord[0]?.status ?? ofClients[0] ?? 400] as const;
  });
  const mapped = Object.fromEntries(entries) as Record<RefusalCode, number>;
  const shown = (["invalid_request", "invalid_client", "invalid_scope", "invalid_grant", "server_error"] as const).map(
    (code) => `${code} ${mapped[code]}`,
  );
  const at = { file: "refuse", text: "invalid_client:" } as const;
  decisions.push({ what: "refusals", value: joinWords(shown), why: "the nearest status that the file declares", at });
  return mapped;
}
