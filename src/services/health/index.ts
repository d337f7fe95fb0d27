import type { operations } from "../../../generated/services/health";
import type { Refusal } from "../../engine/refusal";
import type { ReplyOf } from "../../http/typed";
import { makePlainRefusal } from "../oauth-error";
import type { Service, ServiceDefinition } from "../service";
import { noCorrelation } from "../../http/api";

type Liveness = operations["readLiveness"];
type Readiness = operations["readReadiness"];

export interface HealthPorts {
  /** Tells whether all validators are compiled and the process is not shutting down. */
  isServing(): boolean;
  /** @throws Unavailable unless the database answers */
  checkDatabase(): Promise<void>;
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
  const database = await ports.checkDatabase().then(
    () => true,
    () => false,
  );
  if (serving && database) return { status: 200, headers, body: { status: "ready" } };
  const stateOf = (good: boolean) => (good ? ("ok" as const) : ("failing" as const));
  return { status: 503, headers, body: { status: "not_ready", checks: { serving: stateOf(serving), database: stateOf(database) } } };
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
