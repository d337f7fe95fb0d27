import { toPascalCase } from "../codegen/name-rules";
import type { RefusalCode } from "../engine/refusal";
import { toHeaderValue, toSource } from "./code";
import { type Credentials, inferCredentials } from "./credentials";
import type { LocatedDecision } from "./decision";
import { findMedia, type OpenApiDocument } from "./document";
import { type ErrorBody, inferErrorBody } from "./error-body";
import { fitCredentials, fitForm } from "./fit-request";
import { type Grants, inferGrants } from "./grants";
import { inferPolicy, type PolicyFacts } from "./policy-facts";
import { listExamples, readRequest, type VendorRequest } from "./request";
import { inferSuccess, type SuccessBody } from "./success";
import { completeStatuses } from "./statuses";
import { findValue } from "./values";
import { reduceName } from "./words";

/** The input: one token operation of a vendor's file, as `vendor-spec` reads it. */
export interface VendorOperation {
  name: string;
  document: OpenApiDocument;
  method: string;
  path: string;
  decisions: readonly LocatedDecision[];
  /** What security schemes offer at this token endpoint: grants, and the scopes of each. */
  flows?: readonly { grant: string; scopes: readonly string[] }[];
}

/** An error answer: the statuses that share a body. */
export interface ErrorGroup {
  statuses: number[];
  /** Undefined for answers without a body. */
  body: ErrorBody | undefined;
}

/** A header that the vendor declares, beside those of the engine. */
interface VendorHeader {
  name: string;
  /** A value as source. */
  source: string;
}

/** Everything that the files of a contract say. */
export interface ContractPlan {
  name: string;
  operationId: string;
  request: VendorRequest;
  credentials: Credentials;
  grants: Grants;
  success: SuccessBody;
  policy: PolicyFacts;
  /** The status of each refusal. */
  refusals: Record<RefusalCode, number>;
  errors: ErrorGroup[];
  /** By status. */
  vendorHeaders: ReadonlyMap<number, readonly VendorHeader[]>;
  /** Lower-case name of the request header with the caller's id. */
  correlationHeader: string | undefined;
  prefix: string | undefined;
  decisions: LocatedDecision[];
}

/**
 * Infers a contract from a vendor's operation, and completes the document for it.
 * @param vendor its document is changed
 * @throws ContractWriterError if the engine cannot serve it
 */
export function planContract(vendor: VendorOperation, prefix?: string): ContractPlan {
  const { name, document, method, path } = vendor;
  const decisions = [...vendor.decisions];
  const request = { ...readRequest(document, { method, path }, decisions), flows: vendor.flows ?? [] };
  fitForm(request);
  const { operation } = request;
  const credentials = inferCredentials(request, decisions);
  const grants = inferGrants(request, credentials, decisions);
  fitCredentials(credentials, grants.fields, decisions);
  const success = inferSuccess(request, name, Object.values(grants.offered), decisions);
  const policy = inferPolicy(request, { grants, success }, decisions);
  const offersBasic = credentials.methods.includes("client_secret_basic");
  const facts = { operation, name: toPascalCase(name), offersBasic, pointer: ["paths", path, method] };
  const refusals = completeStatuses(document, facts, decisions);
  const correlationHeader = findCorrelation(request, decisions);
  return {
    name,
    operationId: operation.operationId,
    request,
    credentials,
    grants,
    success,
    policy,
    refusals,
    errors: groupErrors(request, Object.values(refusals), decisions),
    vendorHeaders: findVendorHeaders(request, correlationHeader),
    correlationHeader,
    prefix,
    decisions,
  };
}

/** Statuses whose bodies have one schema are written by one expression. */
function groupErrors({ document, operation }: VendorRequest, used: readonly number[], decisions: LocatedDecision[]): ErrorGroup[] {
  const groups = new Map<string, { statuses: number[]; examples: unknown[] }>();
  for (const status of [...new Set(used)].sort()) {
    const { media } = findMedia(operation.responses[status]?.content) ?? {};
    const key = media?.schema === undefined ? "" : JSON.stringify(media.schema);
    const group = groups.get(key) ?? { statuses: [], examples: [] };
    group.statuses.push(status);
    group.examples.push(...listExamples(document, media));
    groups.set(key, group);
  }
  return [...groups].map(([key, { statuses, examples }]) => {
    const { media } = findMedia(operation.responses[statuses[0] ?? 400]?.content) ?? {};
    const body = key === "" || media?.schema === undefined ? undefined : inferErrorBody(document, media.schema, examples, decisions);
    return { statuses, body };
  });
}

const correlationNames = ["xrequestid", "requestid", "correlationid", "xcorrelationid", "xfapiinteractionid", "xtransactionid"];

function findCorrelation({ fields }: VendorRequest, decisions: LocatedDecision[]): string | undefined {
  const found = fields.find((field) => field.in === "header" && correlationNames.includes(reduceName(field.name)));
  if (found === undefined) return undefined;
  const why = "the request declares the header; its value stands in the log, and in answers that have a place for it";
  decisions.push({ what: "correlation", value: found.name, why, at: { file: "index", text: "requestHeader" } });
  return found.name.toLowerCase();
}

const ofEngine = ["cache-control", "pragma", "www-authenticate", "allow", "retry-after"];

/** The headers that must be there, and those that carry the id of the request. */
function findVendorHeaders({ document, operation }: VendorRequest, correlation: string | undefined): Map<number, VendorHeader[]> {
  const found = new Map<number, VendorHeader[]>();
  for (const [status, { headers = {} }] of Object.entries(operation.responses)) {
    const own = Object.entries(headers).flatMap(([name, header]): VendorHeader[] => {
      if (ofEngine.includes(name.toLowerCase())) return [];
      const isId = name.toLowerCase() === correlation || correlationNames.includes(reduceName(name));
      if (isId && (header.schema?.type ?? "string") === "string") return [{ name, source: "exchange.correlationId" }];
      if (header.required !== true && header.schema?.default === undefined) return [];
      return [{ name, source: toSource(toHeaderValue(findValue(document, header.schema ?? { type: "string" }).value)) }];
    });
    found.set(Number(status), own);
  }
  return found;
}
