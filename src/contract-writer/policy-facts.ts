import { longestTokenSeconds, type SigningAlgorithm } from "../engine/client";
import type { LocatedDecision } from "./decision";
import type { Field, VendorRequest } from "./request";
import type { Grants } from "./grants";
import type { SuccessBody } from "./success";

/** What a policy says beside methods and grants. */
export interface PolicyFacts {
  scope: "registered" | "optional" | "required";
  lifetimeSeconds: number;
  algorithm: SigningAlgorithm;
  /** The scope that grants a refresh token; undefined without the grant. */
  refreshScope: string | undefined;
  identifiesPersons: boolean;
}

const usualLifetime = 3600;

/** Infers the policy: the rules of scopes and refresh tokens, the lifetime in seconds, and the algorithm of the signature. */
export function inferPolicy(
  request: VendorRequest,
  { grants, success }: { grants: Grants; success: SuccessBody },
  decisions: LocatedDecision[],
): PolicyFacts {
  const offered = Object.values(grants.offered);
  const lifetime = findLifetime(request, success);
  const algorithm = findAlgorithm(request);
  const scope = chooseScopeRule(grants.fields.scope);
  const at = (text: string) => ({ file: "policy", text }) as const;
  decisions.push(
    { what: "scope", ...scope, at: at(`scope: "${scope.value}"`) },
    { what: "lifetime", value: `${lifetime.value} s`, why: lifetime.why, at: at("lifetimeSeconds") },
    { what: "algorithm", ...algorithm, at: at("algorithm") },
  );
  const refreshScope = offered.includes("refresh_token") ? findRefreshScope(request, success) : undefined;
  if (refreshScope !== undefined) {
    const why = "a refresh token is given with that scope, ends when it lay unused for 30 days, and in any case after 180 days";
    decisions.push({ what: "refresh tokens", value: refreshScope, why, at: at("refreshTokens") });
  }
  const identifiesPersons = success.hasIdToken && offered.some((grant) => grant === "authorization_code" || grant === "device_code");
  return { scope: scope.value, lifetimeSeconds: lifetime.value, algorithm: algorithm.value, refreshScope, identifiesPersons };
}

function chooseScopeRule(scope: Field | undefined): { value: PolicyFacts["scope"]; why: string } {
  if (scope === undefined) return { value: "registered", why: "requests have no scope, so a client gets all that it is registered for" };
  return scope.required && scope.schema.default === undefined
    ? { value: "required", why: `${scope.wire} is a required field` }
    : { value: "optional", why: `${scope.wire} may be left out; then a client gets all that it is registered for` };
}

const unitSeconds: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

function findLifetime({ operation }: VendorRequest, { lifetime }: SuccessBody): { value: number; why: string } {
  const isSensible = (value: number): boolean => Number.isSafeInteger(value) && value >= 1 && value <= longestTokenSeconds;
  const shown = lifetime.shown.map((value) => Number(value) / lifetime.unit).find(isSensible);
  if (shown !== undefined) return { value: shown, why: "the file shows it as default or example" };
  for (const text of [lifetime.description, operation.description]) {
    const told = /\b(\d{1,6}) ?(second|minute|hour|day)/i.exec(text ?? "");
    const value = Number(told?.[1]) * (unitSeconds[told?.[2]?.toLowerCase() ?? ""] ?? 0);
    if (isSensible(value)) return { value, why: "the text says so" };
    const plain = Number(/["'`](\d{2,7})["'`]/.exec(text ?? "")?.[1]);
    if (isSensible(plain)) return { value: plain, why: "the text says so" };
  }
  const why = lifetime.shown.length > 0 ? "what the file shows is no lifetime in seconds of 1 to 30 days" : "the file shows no lifetime";
  return { value: usualLifetime, why: `${why}; an hour is usual` };
}

function findAlgorithm({ operation }: VendorRequest): { value: SigningAlgorithm; why: string } {
  const named = /\b(?:RS256|PS256|ES256)\b/.exec(operation.description ?? "")?.[0];
  if (named === "RS256" || named === "PS256" || named === "ES256") return { value: named, why: "the text names it" };
  return { value: "ES256", why: "the file names none; ES256 makes short tokens" };
}

function findRefreshScope({ operation }: VendorRequest, { refreshDescription }: SuccessBody): string {
  const text = `${refreshDescription ?? ""} ${operation.description ?? ""}`;
  const named = /scope[^.]{0,40}["'`](off[a-z_.]+)["'`]|["'`](off[a-z_.]+)["'`][^.]{0,40}scope/i.exec(text);
  return named?.[1] ?? named?.[2] ?? "offline_access";
}
