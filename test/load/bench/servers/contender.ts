/** What the benchmark needs of every server that it measures. */
import type { RequestPlan } from "../load/request-plan";

/** A measured server in a process of its own. */
export interface Contender {
  name: string;
  /** Its token endpoint for each contract it can be compared in. */
  targets: Readonly<Record<string, Target>>;
  /** Tokens of a contract that stand in its database. */
  countRows(contract: string): Promise<number>;
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
} as const;

export type ComparedContract = keyof typeof askedTokens;

export const comparedContracts = Object.keys(askedTokens) as ComparedContract[];

/** A target whose requests are all the same. */
export function makeConstantTarget(plan: RequestPlan): Target {
  return { aim: () => Promise.resolve(plan) };
}

export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
}
