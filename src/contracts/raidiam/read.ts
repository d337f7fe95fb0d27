import type { operations } from "../../../generated/raidiam";
import type { GrantRequest } from "../../engine/grant-request";
import type { TokenRequest } from "../../engine/token-request";
import type { RequestOf } from "../../http/typed";
import { splitScope } from "../../engine/scope";
import { missingParameter } from "../../http/client-credentials";
import { readCredentials } from "./credentials";

type RaidiamRequest = RequestOf<operations["issueRaidiamToken"]>;
type RaidiamForm = RaidiamRequest["body"];

export function read(request: RaidiamRequest): TokenRequest {
  const { body, certificate } = request;
  return { credentials: readCredentials(request, findDemandedCredential(body)), grant: readGrant(body), certificate };
}

/** Two grant types of the contract name a way to authenticate. They mean client_credentials with only that way. */
function findDemandedCredential({ grant_type }: RaidiamForm): "assertion" | "certificate" | undefined {
  if (grant_type === "private_key_jwt") return "assertion";
  return grant_type === "tls_client_auth" ? "certificate" : undefined;
}

function readGrant(body: RaidiamForm): GrantRequest {
  if (body.grant_type !== "urn:ietf:params:oauth:grant-type:device_code") {
    return { type: "client_credentials", scope: splitScope(body.scope) };
  }
  if (body.device_code === undefined) throw missingParameter("device_code");
  return { type: "device_code", deviceCode: body.device_code };
}
