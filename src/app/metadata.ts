import deviceSpec from "../../generated/services/device.json";
import discoverySpec from "../../generated/services/discovery.json";
import oauth2Spec from "../../generated/services/oauth2.json";
import userinfoSpec from "../../generated/services/userinfo.json";
import { wiring } from "../../generated/wiring";
import type { AppDeps } from ".";
import { algorithmOf, isEnabled } from "./engine";
import type { Offer } from "../services/discovery/offer";
import { serviceAuthMethods } from "../services/oauth2/admit";
import type { Spec } from "../http/api";
import { operationsOf } from "../http/operations";
import { directPeer } from "../http/peer";

/** What the metadata say: taken from the specs, the contracts' policies and the configuration, and from nothing else. */
export function offerOf(deps: AppDeps): Offer {
  const { issuer, tlsUrl } = deps;
  const enabled = wiring.filter(({ name }) => isEnabled(name, deps));
  return {
    issuer,
    tlsUrl,
    takesCertificates: deps.peerOf !== undefined && deps.peerOf !== directPeer,
    contracts: enabled.map((contract) => ({
      policy: contract.policy,
      algorithm: algorithmOf(contract, deps),
      path: firstPath(contract.spec),
    })),
    endpoints: {
      keys: pathIn(discoverySpec, "readKeys"),
      introspection: pathIn(oauth2Spec, "introspectToken"),
      revocation: pathIn(oauth2Spec, "revokeToken"),
      deviceAuthorization: pathIn(deviceSpec, "authorizeDevice"),
      authorization: "/authorize",
      userinfo: pathIn(userinfoSpec, "readUserInfo"),
    },
    serviceAuthMethods,
  };
}

function firstPath(spec: Spec): string {
  const [path = ""] = Object.keys(spec.paths);
  return path;
}

function pathIn(spec: Spec, operationId: string): string {
  const operation = operationsOf(spec).find(({ id }) => id === operationId);
  if (operation === undefined) throw new Error(`no spec has ${operationId}`);
  return operation.path;
}
