import type { operations } from "../../../generated/services/health";
import type { Refusal } from "../../engine/refusal";
import type { ReplyOf } from "../../http/typed";
import { oauthRefusal } from "../oauth-error";
import type { Service } from "../service";
import { noCorrelation } from "../../http/api";

type Liveness = operations["readLiveness"];
type Readiness = operations["readReadiness"];

/** What must hold for this process to be given traffic. */
export interface ReadinessChecks {
  /** All validators are compiled and the process is not shutting down. */
  serving(): boolean;
  /** The database answers. */
  database(): Promise<boolean>;
}

const headers = { "Cache-Control": "no-store" } as const;

export function makeHealth(checks: ReadinessChecks): Service<operations> {
  return {
    correlation: noCorrelation,
    endpoints: {
      readLiveness: { handle: readLiveness, refuse },
      readReadiness: { handle: () => readReadiness(checks), refuse },
    },
  };
}

async function readLiveness(): Promise<ReplyOf<Liveness>> {
  return { status: 200, headers, body: { status: "live" } };
}

async function readReadiness(checks: ReadinessChecks): Promise<ReplyOf<Readiness>> {
  const serving = checks.serving();
  const database = await checks.database();
  if (serving && database) return { status: 200, headers, body: { status: "ready" } };
  const stateOf = (good: boolean) => (good ? ("ok" as const) : ("failing" as const));
  return { status: 503, headers, body: { status: "not_ready", checks: { serving: stateOf(serving), database: stateOf(database) } } };
}

/** @throws Error for a failure of our own: there is nothing behind a probe that can fail and is not one of its answers */
function refuse(refusal: Refusal): Exclude<ReplyOf<Liveness>, { status: 200 }> {
  const { status, description } = oauthRefusal(refusal);
  const body = { error: "invalid_request", error_description: description } as const;
  switch (status) {
    case 404:
      return { status, headers, body };
    case 405:
      return { status, headers: { ...headers, Allow: refusal.allow.join(", ") }, body };
    case 429:
    case 500:
    case 503:
      throw new Error("a probe failed", { cause: refusal });
    default:
      return { status: 400, headers, body };
  }
}
