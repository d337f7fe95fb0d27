import { Unavailable } from "../engine/refusal";

/** A worker serves. */
export const ready = { kind: "ready" } as const;

/** A worker has the connection that it was handed. */
export const took = { kind: "took" } as const;

/** A worker could not be started. */
export interface FailedStart {
  kind: "failed";
  unavailable: boolean;
  message: string;
  code: string | undefined;
}

/** What a worker tells its leader. */
export type WorkerMessage = typeof ready | typeof took | FailedStart;

/** What a leader tells a worker that is ready. A connection comes with its socket. */
export type LeaderMessage =
  | { kind: "connection"; door: number }
  /** In base64. */
  | { kind: "ticket-keys"; keys: string }
  | { kind: "drain" }
  | { kind: "finish" };

/** What a worker tells its leader of a failure, since an error loses its class between processes. */
export function failedStart(thrown: unknown): FailedStart {
  const { message, code } = thrown instanceof Error ? (thrown as NodeJS.ErrnoException) : { message: String(thrown), code: undefined };
  return { kind: "failed", unavailable: thrown instanceof Unavailable, message, code };
}

/** The failure again, as the leader throws it. */
export function revived({ unavailable, message, code }: FailedStart): Error {
  return unavailable
    ? new Unavailable("database", "unreachable", message)
    : Object.assign(new Error(message), code === undefined ? {} : { code });
}
