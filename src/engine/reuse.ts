import { Refusal } from "./refusal";

/**
 * What serves once was used before. Of two who hold the same thing one is a thief, so what came of the first use ends too
 * (RFC 6749 §4.1.2, RFC 9700 §4.14.2); `issue` sees to that.
 */
export class ReuseDetected extends Refusal {
  /** @param familyId what came of the first use */
  constructor(
    privateDetail: string,
    readonly familyId: string,
  ) {
    super("invalid_grant", privateDetail);
  }
}
