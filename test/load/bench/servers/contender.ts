/** What the benchmark needs of every server that it measures. */
import type { RequestPlan } from "../load/request-plan";

/** A measured server in a process of its own. */
export interface Contender {
  name: string;
  /** Process id of the server, whose children belong to it. */
  pid: number;
  /** The endpoints it can be compared in. */
  targets: Readonly<Record<string, Target>>;
  /** Tokens of an endpoint that stand in its database; undefined for an endpoint that only reads. */
  countRows(endpoint: string): Promise<number | undefined>;
  stop(): Promise<void>;
}

export interface Target {
  /**
   * What to send, made anew before each measurement.
   * @param requests how many will be sent, about
   */
  aim(connections: number, requests: number): Promise<RequestPlan>;
}

/** The tokens that every server is asked for, so that all make tokens of about the same size. */
export const askedTokens = {
  abbeycross: { algorithm: "ES256", scope: "accounts payments", lifetimeSeconds: 3600 },
  firstvision: { algorithm: "RS256", scope: "edit view", lifetimeSeconds: 7200 },
  raidiam: { algorithm: "ES256", scope: "directory:software", lifetimeSeconds: 600 },
  refresh: { algorithm: "ES256", scope: "inspect offline", lifetimeSeconds: 604_800 },
} as const;

export type ComparedEndpoint = keyof typeof askedTokens;

/** What is measured beside the token endpoints of the contracts. */
export const otherEndpoints = ["refresh", "introspection"] as const;
