import type { operations } from "../../../generated/services/discovery";
import { Refusal } from "../../engine/refusal";
import type { KeyRing } from "../../keys/key-ring";
import { keySetMaxAgeSeconds } from "../../keys/publication";
import { noCorrelation } from "../../http/api";
import type { ReplyOf } from "../../http/typed";
import { toOAuthRefusal } from "../oauth-error";
import type { Service, ServiceDefinition } from "../service";
import { makeAuthorizationServerMetadata, makeOpenidConfiguration } from "./metadata";
import type { MetadataFacts } from "./facts";

type ReadKeys = operations["readKeys"];
type ReadMetadata = operations["readAuthorizationServerMetadata"];
type ReadConfiguration = operations["readOpenidConfiguration"];

const uncached = { "Cache-Control": "no-store" } as const;
const cached = { "Cache-Control": `public, max-age=${keySetMaxAgeSeconds}` };

export interface DiscoveryPorts {
  keys: Pick<KeyRing, "listPublishedKeys">;
  metadata: MetadataFacts;
}

/** What anybody may know of this server: its keys, and its endpoints as they are configured. */
function makeDiscovery({ keys, metadata }: DiscoveryPorts): Service<operations> {
  return {
    correlation: noCorrelation,
    endpoints: {
      readKeys: { handle: () => readKeys(keys), refuse: refuseKeys },
      readAuthorizationServerMetadata: { handle: () => readMetadata(metadata), refuse: refuseDocument },
      readOpenidConfiguration: { handle: () => readConfiguration(metadata), refuse: refuseDocument },
    },
  };
}

export default { answersUnknownPaths: true, make: makeDiscovery } satisfies ServiceDefinition<operations, DiscoveryPorts>;

/** RFC 7517 §5: the public halves of what signs, signed and will sign. */
async function readKeys(keys: DiscoveryPorts["keys"]): Promise<ReplyOf<ReadKeys>> {
  const published = await keys.listPublishedKeys();
  return {
    status: 200,
    headers: cached,
    body: { keys: published.map((jwk) => ({ ...jwk, kty: String(jwk.kty), kid: String(jwk.kid), use: "sig", alg: String(jwk.alg) })) },
  };
}

async function readMetadata(metadata: MetadataFacts): Promise<ReplyOf<ReadMetadata>> {
  return { status: 200, headers: cached, body: mustBePublished(makeAuthorizationServerMetadata(metadata)) };
}

async function readConfiguration(metadata: MetadataFacts): Promise<ReplyOf<ReadConfiguration>> {
  return { status: 200, headers: cached, body: mustBePublished(makeOpenidConfiguration(metadata)) };
}

function mustBePublished<Document>(document: Document | undefined): Document {
  if (document === undefined) throw new Refusal("not_found", "the contract that publishes this document is switched off");
  return document;
}

function refuseKeys(refusal: Refusal): Exclude<ReplyOf<ReadKeys>, { status: 200 }> {
  const { status, description } = toOAuthRefusal(refusal);
  if (status === 500) return { status, headers: uncached, body: { error: "server_error", error_description: description } };
  return refuseDocument(refusal);
}

/** Nothing is looked up for these documents: if one cannot be given all the same, it will be there again. */
function refuseDocument(refusal: Refusal): Exclude<ReplyOf<ReadMetadata>, { status: 200 }> {
  const { status, error, description } = toOAuthRefusal(refusal);
  const body = { error: readable(error), error_description: description };
  const later = { ...uncached, "Retry-After": String(refusal.retryAfterSeconds ?? 1) };
  switch (status) {
    case 404:
      return { status, headers: uncached, body };
    case 405:
      return { status, headers: { ...uncached, Allow: refusal.allow.join(", ") }, body };
    case 429:
    case 503:
      return { status, headers: later, body };
    case 500:
      return { status: 503, headers: later, body };
    default:
      return { status: 400, headers: uncached, body };
  }
}

/** Nobody authenticates here, so nothing can be wrong with a client. */
function readable(error: ReturnType<typeof toOAuthRefusal>["error"]): "invalid_request" | "temporarily_unavailable" {
  return error === "server_error" || error === "temporarily_unavailable" ? "temporarily_unavailable" : "invalid_request";
}
