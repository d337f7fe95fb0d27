import { invalidRequest, type RefusalCode } from "../engine/refusal";
import type { InterceptedCall } from "../http/interception";
import { chooseRefusal } from "./check-fault";
import { bounds, type Fault, UnfitFaultError } from "./fault";
import { parsePrefer, type Preferences } from "./prefer";
import { listRefusals } from "./refusals";

/** A fault that the request itself asks for. */
export interface PreferredFault {
  fault: Fault;
  /** For `Preference-Applied` (RFC 7240 §3). */
  applied: string;
}

/**
 * Finds what a request asks for with `Prefer: code=503`, `Prefer: refusal=throttled` and `Prefer: delay=1500`. Other preferences are
 * not the sandbox's.
 * @throws Refusal `invalid_request` that lists what there is, for a status or a refusal that this operation does not have
 */
export function findPreferredFault({ api, endpoint, request }: InterceptedCall): PreferredFault | undefined {
  const header = request.headers.prefer;
  if (header === undefined) return undefined;
  const preferences = parsePrefer(String(header));
  const [code, refusal, delay] = ["code", "refusal", "delay"].map((name) => preferences.get(name));
  if (code === undefined && refusal === undefined && delay === undefined) return undefined;
  const delayMs = delay === undefined ? undefined : readDelay(delay);
  const asked = {
    ...(code !== undefined && { status: readStatus(code) }),
    ...(refusal !== undefined && { refusal: refusal as RefusalCode }),
  };
  const chosen = chooseOrRefuse(asked, api.name, endpoint);
  const fault = { contract: api.name, ...(chosen !== undefined && { refusal: chosen }), ...(delayMs !== undefined && { delayMs }) };
  return { fault, applied: formatApplied(preferences) };
}

function chooseOrRefuse(
  asked: Pick<Fault, "refusal" | "status">,
  name: string,
  endpoint: InterceptedCall["endpoint"],
): RefusalCode | undefined {
  try {
    return chooseRefusal(asked, name, listRefusals([endpoint]));
  } catch (thrown) {
    if (thrown instanceof UnfitFaultError) throw refusePreference(`cannot be met: ${thrown.message}`);
    throw thrown;
  }
}

function readStatus(text: string): number {
  if (/^[2-5]\d\d$/.test(text)) return Number(text);
  throw refusePreference("code must be a status from 200 to 599");
}

function readDelay(text: string): number {
  const [least, most] = bounds.delayMs;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw refusePreference(`delay must be milliseconds from ${least} to ${most}`);
}

function refusePreference(sentence: string) {
  return invalidRequest("a preference that the sandbox cannot meet", {
    in: "header",
    path: ["prefer"],
    rule: "enum",
    message: `Prefer: ${sentence}`,
  });
}

/** Once checked, the values are tokens. */
function formatApplied(preferences: Preferences): string {
  return ["code", "refusal", "delay"].flatMap((name) => (preferences.has(name) ? [`${name}=${preferences.get(name)}`] : [])).join(", ");
}
