import type { Measured } from "./rounds";
import { type Spread, spreadOf } from "./statistics";

/** All rounds of one server at one endpoint. */
export interface Line {
  connections: number;
  contract: string;
  server: string;
  /** Answers a second. */
  rate: Spread;
  /** Milliseconds: over the rounds' own percentiles. */
  p50: Spread;
  p99: Spread;
  /** Rates of this server in relation to another's of the same round, by that server's name. */
  ratios: Record<string, Spread>;
}

/** Sums the rounds up, without the warm-ups. @param subject the server that is compared with the others */
export function summarise(measured: readonly Measured[], subject: string): Line[] {
  const rounds = measured.filter(({ round }) => round > 0);
  return rounds
    .filter(({ round }) => round === 1)
    .map((first) =>
      lineOf(
        rounds.filter((one) => sameLane(one, first)),
        rounds,
        subject,
        first,
      ),
    );
}

function lineOf(own: readonly Measured[], rounds: readonly Measured[], subject: string, first: Measured): Line {
  const { connections, contract, server } = first;
  return {
    connections,
    contract,
    server,
    rate: spreadOf(own.map(({ rate }) => rate)),
    p50: spreadOf(own.map(({ p50 }) => p50)),
    p99: spreadOf(own.map(({ p99 }) => p99)),
    ratios: server === subject ? ratiosOf(own, rounds) : {},
  };
}

function sameLane(one: Measured, other: Measured): boolean {
  return sameEndpoint(one, other) && one.server === other.server;
}

function sameEndpoint(one: Measured, other: Measured): boolean {
  return one.connections === other.connections && one.contract === other.contract;
}

function ratiosOf(own: readonly Measured[], rounds: readonly Measured[]): Record<string, Spread> {
  const ratios = new Map<string, number[]>();
  for (const mine of own) {
    const others = rounds.filter((one) => sameEndpoint(one, mine) && one.round === mine.round && one.server !== mine.server);
    for (const { server, rate } of others) ratios.set(server, [...(ratios.get(server) ?? []), mine.rate / rate]);
  }
  return Object.fromEntries([...ratios].map(([server, values]) => [server, spreadOf(values)]));
}
