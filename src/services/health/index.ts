import type { operations } from "../../../generated/services/health";
import type { Refusal } from "../../engine/refusal";
import type { ReplyOf } from "../../http/typed";
import { makePlainRefusal } from "../oauth-error";
import type { Service, ServiceDefinition } from "../service";
import { noCorrelation } from "../../http/api";

type Liveness = operations["readLiveness"];
type Readiness = operations["readReadiness"];
type NotReady = Extract<ReplyOf<Readiness>, { status: 503 }>["body"];

export interface HealthPorts {
  /** Tells whether all validators are compiled and the process is not shutting down. */
  isServing(): boolean;
  /** @throws Unavailable unless the database answers */
  checkDatabase(): Promise<void>;
  /**
   * Looks at what the database has kept, and whether it will. `faults` has a sentence for each check that is not `ok`.
   * @throws Unavailable
   */
  checkLedger(): Promise<Omit<NotReady["checks"], "serving" | "database"> & { faults: readonly string[] }>;
}

const headers = { "Cache-Control": "no-store" } as const;

function makeHealth(ports: HealthPorts): Service<operations> {
  return {
    correlation: noCorrelation,
    endpoints: {
      readLiveness: { handle: readLiveness, refuse, reads: true },
      readReadiness: { handle: () => readReadiness(ports), refuse, reads: true },
    },
  };
}

export default { vital: true, make: makeHealth } satisfies ServiceDefinition<operations, HealthPorts>;

async function readLiveness(): Promise<ReplyOf<Liveness>> {
  return { status: 200, headers, body: { status: "live" } };
}

async function readReadiness(ports: HealthPorts): Promise<ReplyOf<Readiness>> {
  const serving = ports.isServing();
  const kept = await ports
    .checkDatabase()
    .then(() => ports.checkLedger())
    .catch(() => undefined);
  const { faults = [], ...ledgerChecks } = kept ?? {};
  if (serving && kept !== undefined && faults.length === 0) return { status: 200, headers, body: { status: "ready" } };
  const stateOf = (good: boolean) => (good ? ("ok" as const) : ("failing" as const));
  const checks = { serving: stateOf(serving), database: stateOf(kept !== undefined), ...ledgerChecks };
  const detail = faults.length === 0 ? {} : { detail: faults.join(" ") };
  return { status: 503, headers, body: { status: "not_ready", checks, ...detail } };
}

/** @throws Error for an internal failure: nothing behind a probe can fail that is not one of its answers */
function refuse(refusal: Refusal): Exclude<ReplyOf<Liveness>, { status: 200 }> {
  const reply = makePlainRefusal(refusal);
  switch (reply.status) {
    case 429:
    case 500:
    case 503:
      throw new Error("a probe failed", { cause: refusal });
    default:
      return reply;
  }
}
