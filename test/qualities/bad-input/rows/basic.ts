/** Rows for Basic credentials, at any endpoint that takes them. */
import { inBasic, wholeBasic } from "../request-parts";
import type { MatrixRow, RequestFlow } from "../matrix";
import type { ExpectedWording } from "../expected-wording";

/** Base64 without its padding means the same. */
const paddingAlone = { "without its last character": null };

/** Rows for Basic credentials: id, secret, and the encoded pair in the header. */
export function basicRows(flow: RequestFlow, unknownWording: ExpectedWording, repeated: ExpectedWording): MatrixRow[] {
  const faultWordings = { "given twice": repeated, "given twice, once made up": repeated };
  return [
    { flow, part: inBasic("id"), unknownWording, faultWordings },
    { flow, part: inBasic("secret"), unknownWording, faultWordings },
    {
      flow,
      part: wholeBasic,
      unknownWording,
      faultWordings: { ...faultWordings, empty: unknownWording, "left out": unknownWording, ...paddingAlone },
    },
  ];
}
