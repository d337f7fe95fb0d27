import { inBasic, wholeBasic } from "../request-parts";
import type { Flow, Row } from "../matrix";
import type { Wording } from "../expected-wording";

/** What ends in `=` means the same without it. */
const paddingAlone = { "without its last character": null };

/** Basic credentials: id and secret by themselves, and both as they stand in the header. */
export function basicRows(flow: Flow, unknown: Wording, repeated: Wording): Row[] {
  const says = { "given twice": repeated, "given twice, once made up": repeated };
  return [
    { flow, place: inBasic("id"), unknown, says },
    { flow, place: inBasic("secret"), unknown, says },
    { flow, place: wholeBasic, unknown, says: { ...says, empty: unknown, "left out": unknown, ...paddingAlone } },
  ];
}
