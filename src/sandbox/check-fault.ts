import { type RefusalCode, refusalCodes } from "../engine/refusal";
import { bounds, type Fault, listTokenEffects, UnfitFaultError } from "./fault";
import { describeRefusals, listRefusals, type Refuser, type RefusalsByStatus } from "./refusals";

/** A contract or a service, as far as faults are concerned. */
export interface Target {
  name: string;
  endpoints: readonly (Refuser & { readCredentials?: unknown })[];
  issuesTokens: boolean;
}

/** Longer claims would not fit into the headers that carry tokens. */
const longestClaims = 4_096;

/**
 * Checks a fault against what it is armed at.
 * @throws UnfitFaultError with the first thing that is wrong
 */
export function checkFault(fault: Fault, targets: readonly Target[]): void {
  const target = findTarget(fault.contract, targets);
  const refusal = chooseRefusal(fault, target.name, listRefusals(target.endpoints));
  const wrong = findNumberFault(fault) ?? findClash(fault, refusal) ?? findMisfit(fault, target);
  if (wrong !== undefined) throw new UnfitFaultError(wrong);
}

/** @throws UnfitFaultError that lists the names there are, if this is none */
export function findTarget<Named extends { name: string }>(wanted: string, targets: readonly Named[]): Named {
  const target = targets.find(({ name }) => name === wanted);
  if (target !== undefined) return target;
  throw new UnfitFaultError(`there is no contract or service ${wanted}; there are ${targets.map(({ name }) => name).join(", ")}`);
}

/**
 * Finds the refusal that was asked for, by its code or by its status. A status of 200 to 299 asks for none.
 * @throws UnfitFaultError that lists what there is
 */
export function chooseRefusal(
  { refusal, status }: Pick<Fault, "refusal" | "status">,
  contract: string,
  refusals: RefusalsByStatus,
): RefusalCode | undefined {
  const offered = `there are ${describeRefusals(refusals)}`;
  const all = [...refusals.values()].flat();
  if (refusal !== undefined && !refusalCodes.includes(refusal))
    throw new UnfitFaultError(`there is no such refusal; at ${contract} ${offered}`);
  if (refusal !== undefined && !all.includes(refusal))
    throw new UnfitFaultError(`no request at ${contract} can be refused as ${refusal}; ${offered}`);
  if (status === undefined) return refusal;
  if (status >= 200 && status < 300 && refusal === undefined) return undefined;
  const codes = refusals.get(status);
  if (codes === undefined) throw new UnfitFaultError(`no request at ${contract} can be refused with ${status}; ${offered}`);
  if (refusal !== undefined && !codes.includes(refusal))
    throw new UnfitFaultError(`no request at ${contract} is refused as ${refusal} with ${status}; ${offered}`);
  return refusal ?? codes[0];
}

function findNumberFault(fault: Fault): string | undefined {
  const wrong = Object.entries(bounds).find(([name, [least, most]]) => {
    const value = fault[name as keyof typeof bounds];
    return value !== undefined && !(Number.isInteger(value) && value >= least && value <= most);
  });
  if (wrong === undefined) return undefined;
  const [name, [least, most]] = wrong;
  return `${words[name as keyof typeof bounds]} must be a whole number from ${least} to ${most}`;
}

const words: Readonly<Record<keyof typeof bounds, string>> = {
  times: "the number of times",
  delayMs: "the delay in milliseconds",
  retryAfterSeconds: "the seconds until another try",
  clockSeconds: "the seconds by which the clock is wrong",
};

/** Finds parts of a fault that do not go together. */
function findClash(fault: Fault, refusal: RefusalCode | undefined): string | undefined {
  const { field, rule, problems, allow, retryAfterSeconds, limit, inForce, drop, delayMs, clockSeconds } = fault;
  const effects = listTokenEffects(fault);
  if (refusal !== undefined && effects.length > 0) return "a request that is refused gets no token, so nothing can be wrong with its token";
  const details = [field, rule, problems, allow, retryAfterSeconds, limit, inForce].some((value) => value !== undefined);
  if (refusal === undefined && details)
    return "a field, a rule, a time until another try or a limit belongs to a refusal; name one, or a status";
  if (rule !== undefined && field === undefined) return "a rule is broken by a field; name the field too";
  const nothing = refusal === undefined && effects.length === 0 && [drop, delayMs, clockSeconds].every((value) => value === undefined);
  return nothing
    ? "nothing would go wrong; name a refusal, a status, a delay, how to drop the connection, or what is wrong with the token"
    : undefined;
}

/** Finds parts of a fault that do not go with what it is armed at. */
function findMisfit(fault: Fault, { name, issuesTokens, endpoints }: Target): string | undefined {
  if (!issuesTokens && listTokenEffects(fault).length > 0) return `${name} issues no tokens`;
  if (fault.clientId !== undefined && endpoints.every(({ readCredentials }) => readCredentials === undefined))
    return `the requests of ${name} do not name their client`;
  const { claims } = fault;
  if (claims !== undefined && JSON.stringify(claims).length > longestClaims)
    return `the claims are longer than ${longestClaims} characters`;
  return undefined;
}
