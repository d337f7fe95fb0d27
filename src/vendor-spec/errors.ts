/** A vendor's file that no contract can be made from. The message says what, where (`file:line`), and the cure. */
export class VendorSpecError extends Error {}

/** Several operations look like a token endpoint. The caller chooses one of them with `--operation`. */
export class AmbiguousOperation extends VendorSpecError {
  constructor(
    message: string,
    readonly candidates: readonly { operation: string; why: string }[],
  ) {
    super(message);
  }
}
