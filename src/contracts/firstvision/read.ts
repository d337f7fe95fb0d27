import type { operations } from "../../../generated/firstvision";
import { readBasic } from "../../http/authorization-header";
import type { TokenRequest } from "../../engine/token-request";
import type { RequestOf } from "../../http/typed";
import { splitScope } from "../../engine/scope";

/** The body is empty. `grant_type` in the query can name only one grant. */
export function read({ headers, query }: RequestOf<operations["issueFirstvisionToken"]>): TokenRequest {
  const basic = readBasic(headers.authorization);
  return {
    credentials: basic === undefined ? [] : [basic],
    grant: { type: "client_credentials", scope: splitScope(query.scope) },
  };
}
