import { subnetOf } from "../limits/subnet";
import type { ExchangeOutcome } from "../http/request-state";
import type { PeerOf } from "../http/peer";

/**
 * Makes the function that finds the subnet of a request's client: enough to see where refusals come from, too little to identify
 * a person.
 * @returns a function that returns null if the connection, and its address with it, is gone
 */
export function makeSourceNetwork(peerOf: PeerOf): (request: ExchangeOutcome["request"]) => string | null {
  return (request) => {
    const { source } = peerOf(request);
    return source === "" ? null : subnetOf(source);
  };
}
