import type { operations } from "../../../generated/weavr";
import type { Issued } from "../../engine/decision";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf } from "../../http/typed";
import { uncached } from "../../http/uncached";
import { findHolder } from "./policy";

export function grant(issued: Issued, exchange: Exchange): ReplyOf<operations["issueWeavrToken"]> {
  const { identity, credentials } = findHolder(issued);
  return {
    status: 200,
    headers: { ...uncached, "request-ref": exchange.correlationId },
    body: { token: issued.accessToken, identity, credentials, status: issued.assurance },
  };
}
