import { type Problem, Refusal, type RefusalCode } from "../engine/refusal";
import type { Credential } from "../engine/token-request";
import type { Endpoint } from "../http/api";
import type { Intercept, InterceptedCall } from "../http/interception";
import type { MountableOperation } from "../http/operations";
import { describeRule } from "../http/problems";
import { delayAnswer, dropAnswer } from "./drop";
import type { EffectScope } from "./effects";
import type { Effects, Fault, Faults } from "./fault";
import { findPreferredFault } from "./preferred-fault";
import { listRefusals } from "./refusals";

export interface InterceptPorts {
  faults: Pick<Faults, "take">;
  effects: EffectScope;
  /** Finds the client of an API key, which does not name it. @throws Unavailable */
  findKeyHolder: (apiKey: string) => Promise<string | undefined>;
}

/** Makes what stands before every operation of a server with the sandbox: the fault that the request asks for, else the next one that is armed. */
export function makeSandboxIntercept({ faults, effects, findKeyHolder }: InterceptPorts): Intercept {
  return async (call, goOn) => {
    const { api, endpoint, operation, response } = call;
    const preferred = findPreferredFault(call);
    const fault = preferred?.fault ?? (await faults.take(api.name, await findClientId(call, findKeyHolder)));
    if (fault === undefined) return goOn();
    if (preferred !== undefined) response.setHeader("Preference-Applied", preferred.applied);
    if (fault.delayMs !== undefined && !(await delayAnswer(response, fault.delayMs))) return;
    if (fault.drop !== undefined) dropAnswer(response, fault.drop);
    const refusal = findRefusal(fault, endpoint);
    if (refusal !== undefined) throw makeForcedRefusal(refusal, fault, operation);
    effects.run(pickEffects(fault), goOn);
  };
}

/** Several operations have one name, and not all of them have each status: one without it answers that it has failed. */
function findRefusal({ refusal, status }: Fault, endpoint: Endpoint): RefusalCode | undefined {
  if (refusal !== undefined || status === undefined || status < 300) return refusal;
  return listRefusals([endpoint]).get(status)?.[0] ?? "server_error";
}

function pickEffects({ claims, expired, badSignature, wrongKid, clockSeconds }: Fault): Effects {
  return {
    ...(claims !== undefined && { claims }),
    ...(expired && { expired }),
    ...(badSignature && { badSignature }),
    ...(wrongKid && { wrongKid }),
    ...(clockSeconds !== undefined && { clockSeconds }),
  };
}

/** @returns the client that the request's credentials name; whether they prove it is not known yet */
async function findClientId(
  { endpoint, given }: InterceptedCall,
  findKeyHolder: InterceptPorts["findKeyHolder"],
): Promise<string | undefined> {
  const [credential] = readCredentials({ endpoint, given });
  if (credential === undefined) return undefined;
  return credential.method === "api_key" ? findKeyHolder(credential.apiKey) : nameClient(credential);
}

function readCredentials({ endpoint, given }: Pick<InterceptedCall, "endpoint" | "given">): readonly Credential[] {
  try {
    return endpoint.readCredentials?.(given) ?? [];
  } catch {
    // The operation will refuse the request for that.
    return [];
  }
}

function nameClient(credential: Exclude<Credential, { method: "api_key" }>): string | undefined {
  if (credential.method !== "private_key_jwt" || credential.clientId !== undefined) return credential.clientId;
  const issuer = "payload" in credential.assertion ? credential.assertion.payload.iss : undefined;
  return typeof issuer === "string" ? issuer : undefined;
}

/** Makes the refusal that a fault asks for, as if the request had earned it. */
function makeForcedRefusal(code: RefusalCode, fault: Fault, operation: MountableOperation): Refusal {
  const { field, rule = "required", problems, retryAfterSeconds, limit, inForce } = fault;
  return new Refusal(code, "the sandbox was asked for this refusal", {
    problems: problems ?? (field === undefined ? [] : [makeProblem(field, rule, operation)]),
    allow: fault.allow ?? [operation.method.toUpperCase()],
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(limit !== undefined && { limit }),
    ...(inForce !== undefined && { inForce }),
  });
}

function makeProblem(field: string, rule: NonNullable<Fault["rule"]>, { declared }: MountableOperation): Problem {
  const place = declared.body.has(field) ? "body" : declared.query.has(field) ? "query" : "header";
  return { in: place, path: [field], rule, message: `${field} ${describeRule(rule)}` };
}
