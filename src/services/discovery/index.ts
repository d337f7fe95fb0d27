import type { operations } from "../../../generated/services/discovery";
import { Refusal } from "../../engine/refusal";
import type { KeyRing } from "../../keys/key-ring";
import { keySetMaxAgeSeconds } from "../../keys/publication";
import { noCorrelation } from "../../http/api";
import type { ReplyOf } from "../../http/typed";
import { makePlainRefusal } from "../oauth-error";
import type { Service, ServiceDefinition } from "../service";
import { makeAuthorizationServerMetadata, makeOpenidConfiguration } from "./metadata";
import type { MetadataFacts } from "./facts";

type ReadKeys = operations["readKeys"];
type ReadMetadata = operations["readAuthorizationServerMetadata"];
type ReadConfiguration = operations["readOpenidConfiguration"];

const cached = { "Cache-Control": `public, max-age=${keySetMaxAgeSeconds}` };

export interface DiscoveryPorts {
  keys: Pick<KeyRing, "listPublishedKeys">;
  metadata: MetadataFacts;
}

/** The public facts about this server: its keys, and its endpoints as they are configured. */
function makeDiscovery({ keys, metadata }: DiscoveryPorts): Service<operations> {
  return {
    correlation: noCorrelation,
    endpoints: {
      readKeys: { handle: () => readKeys(keys), refuse: makePlainRefusal, reads: true, readableFrom: "every origin" },
      readAuthorizationServerMetadata: {
        handle: () => readMetadata(metadata),
        refuse: refuseDocument,
        reads: true,
        readableFrom: "every origin",
      },
      readOpenidConfiguration: {
        handle: () => readConfiguration(metadata),
        refuse: refuseDocument,
        reads: true,
        readableFrom: "every origin",
      },
    },
  };
}

export default { answersUnknownPaths: true, make: makeDiscovery } satisfies ServiceDefinition<operations, DiscoveryPorts>;

/** RFC 7517 §5: the public halves of the keys that sign now, signed before, or will sign next. */
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

/** These documents need no look-up, so a failure is a passing one: 503 in place of 500. */
function refuseDocument(refusal: Refusal): Exclude<ReplyOf<ReadMetadata>, { status: 200 }> {
  const reply = makePlainRefusal(refusal);
  if (reply.status !== 500) return reply;
  return {
    status: 503,
    headers: { ...reply.headers, "Retry-After": String(refusal.retryAfterSeconds ?? 1) },
    body: { ...reply.body, error: "temporarily_unavailable" },
  };
}
