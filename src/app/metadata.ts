import { services, wiring } from "../../generated/wiring";
import { firstPath, listOperations } from "../http/operations";
import { directPeer } from "../http/peer";
import type { Offer } from "../services/discovery/offer";
import { serviceAuthMethods } from "../services/oauth2/admit";
import { algorithmOf, isEnabled } from "./contracts";
import type { AppSettings } from "./options";

/** What the metadata documents say: taken from the specs, the contracts' policies and the configuration, and from nothing else. */
export function metadataOf(settings: AppSettings): Offer {
  return {
    ...settings.identity,
    takesCertificates: settings.edge.peerOf !== directPeer,
    contracts: wiring
      .filter(({ name }) => isEnabled(name, settings))
      .map((contract) => ({
        policy: contract.policy,
        algorithm: algorithmOf(contract, settings),
        path: firstPath(contract.spec),
      })),
    endpoints: {
      keys: pathOf("readKeys"),
      introspection: pathOf("introspectToken"),
      revocation: pathOf("revokeToken"),
      deviceAuthorization: pathOf("authorizeDevice"),
      authorization: "/authorize",
      userinfo: pathOf("readUserInfo"),
    },
    serviceAuthMethods,
  };
}

function pathOf(operationId: string): string {
  const operation = services.flatMap(({ spec }) => listOperations(spec)).find(({ id }) => id === operationId);
  if (operation === undefined) throw new Error(`no service has the operation ${operationId}`);
  return operation.path;
}
