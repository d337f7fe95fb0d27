import type { Fault } from "./fault";

/** The members of a fault as programs in other languages know them. Those that are for tests in this one are not among them. */
const names = {
  contract: "contract",
  client_id: "clientId",
  times: "times",
  refusal: "refusal",
  status: "status",
  field: "field",
  rule: "rule",
  retry_after_seconds: "retryAfterSeconds",
  delay_ms: "delayMs",
  drop: "drop",
  claims: "claims",
  expired: "expired",
  bad_signature: "badSignature",
  wrong_kid: "wrongKid",
  clock_seconds: "clockSeconds",
} as const satisfies Record<string, keyof Fault>;

type Names = typeof names;

/** A fault as JSON. */
export type FaultJson = { [Name in keyof Names]?: Fault[Names[Name]] } & Pick<Fault, "contract">;

export function toFaultJson(fault: Fault): FaultJson {
  const members = Object.entries(names).map(([name, own]) => [name, fault[own]] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined)) as FaultJson;
}

/** Members that are false or null are as good as left out. */
export function fromFaultJson(json: Readonly<Record<string, unknown>>): Fault {
  const members = Object.entries(names).map(([name, own]) => [own, json[name]] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined && value !== false && value !== null)) as unknown as Fault;
}
