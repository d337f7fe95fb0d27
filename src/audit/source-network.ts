import { subnetOf } from "../limits/subnet";
import type { ExchangeOutcome } from "../http/mount";
import { directPeer, type PeerOf } from "../http/peer";

/**
 * The neighbourhood a request came from: enough to see where refusals come from, and too little to be about one person.
 * @returns a function that returns null if the connection is gone, and so is its address
 */
export function makeSourceNetwork(peerOf: PeerOf): (request: ExchangeOutcome["request"]) => string | null {
  return (request) => {
    const source = findSource(request, peerOf);
    return source === "" ? null : subnetOf(source);
  };
}

/** What a proxy says may make no sense, which may be what the request was refused for. */
function findSource(request: ExchangeOutcome["request"], peerOf: PeerOf): string {
  try {
    return peerOf(request).source;
  } catch {
    return directPeer(request).source;
  }
}
