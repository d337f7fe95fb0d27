import type { Request } from "express";
import type { SomeRequest } from "./api";
import type { Peer } from "./peer";

/** What an operation learns of a request. */
export class GivenRequest implements SomeRequest {
  readonly headers: SomeRequest["headers"];
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly source: string;
  readonly #peer: Peer;

  constructor(request: Request, peer: Peer) {
    this.headers = request.headers;
    this.params = request.params;
    this.query = request.query;
    this.body = request.body;
    this.source = peer.source;
    this.#peer = peer;
  }

  /** Parsed only for those who look at it. */
  get certificate(): SomeRequest["certificate"] {
    return this.#peer.certificate;
  }
}
