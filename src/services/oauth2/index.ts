import type { operations } from "../../../generated/services/oauth2";
import { basicChallenge } from "../../http/authorization-header";
import { readClientCredentials } from "../../http/client-credentials";
import type { Refusal } from "../../engine/refusal";
import type { ReplyOf } from "../../http/typed";
import { makePlainRefusal, toOAuthRefusal } from "../oauth-error";
import type { Service, ServiceDefinition } from "../service";
import type { AssertionStore } from "../../engine/ports/ledger";
import { type AdmitPorts, makeAdmit } from "./admit";
import { makeIntrospect } from "./introspect";
import { makeRevoke, type RevokePorts } from "./revoke";
import { noCorrelation } from "../../http/api";

export interface OAuth2Ports extends AdmitPorts, RevokePorts {
  assertions: AssertionStore;
}

/** Introspection (RFC 7662), for clients registered for it, and revocation (RFC 7009), for the client that a token was issued to. */
function makeOAuth2(ports: OAuth2Ports): Service<operations> {
  const admit = makeAdmit(ports);
  return {
    correlation: noCorrelation,
    endpoints: {
      introspectToken: { handle: makeIntrospect(admit, ports), refuse, readCredentials: readClientCredentials, reads: true },
      revokeToken: {
        handle: makeRevoke(admit, ports),
        refuse,
        readCredentials: readClientCredentials,
        // Introspection is for resource servers, which are no pages.
        readableFrom: "registered origins",
      },
    },
  };
}

export default { make: makeOAuth2 } satisfies ServiceDefinition<operations, OAuth2Ports>;

function refuse(refusal: Refusal): Exclude<ReplyOf<operations["introspectToken"]>, { status: 200 }> {
  const { status, error, description } = toOAuthRefusal(refusal);
  const headers = { "Cache-Control": "no-store" } as const;
  const body = { error, error_description: description };
  switch (status) {
    case 401:
      return { status, headers: { ...headers, "WWW-Authenticate": basicChallenge }, body };
    case 403:
    case 413:
    case 415:
      return { status, headers, body };
    default:
      return makePlainRefusal(refusal);
  }
}
