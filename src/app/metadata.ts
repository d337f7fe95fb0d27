import { services } from "../../generated/wiring";
import { listIdTokenAlgorithms } from "../engine/algorithms";
import { findTokenPath } from "../contracts/wire";
import { toBaseUrl } from "../http/address";
import { listOperations } from "../http/operations";
import type { MetadataFacts } from "../services/discovery/facts";
import { serviceAuthMethods } from "../services/oauth2/admit";
import { isEnabled } from "./contracts";
import type { AppSettings } from "./options";

/** Collects the facts for the metadata documents. They come only from the specs, the contracts' policies and the configuration. */
export function collectMetadataFacts(settings: AppSettings): MetadataFacts {
  return {
    ...settings.identity,
    takesCertificates: settings.edge.peerOf.takesCertificates,
    contracts: settings.contracts.all
      .filter(({ name }) => isEnabled(name, settings))
      .map((contract) => ({
        policy: contract.policy,
        idTokenAlgorithms: listIdTokenAlgorithms(contract, settings.tokens.algorithms),
        path: findTokenPath(contract),
        baseUrl: toBaseUrl(contract.address, settings.identity.issuer),
      })),
    endpoints: {
      keys: findPath("readKeys"),
      introspection: findPath("introspectToken"),
      revocation: findPath("revokeToken"),
      deviceAuthorization: findPath("authorizeDevice"),
      authorization: "/authorize",
      userinfo: findPath("readUserInfo"),
    },
    serviceAuthMethods,
  };
}

function findPath(operationId: string): string {
  const operation = services.flatMap(({ spec }) => listOperations(spec)).find(({ id }) => id === operationId);
  if (operation === undefined) throw new Error(`no service has the operation ${operationId}`);
  return operation.path;
}
