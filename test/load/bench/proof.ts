/** Checks that the measured servers really issue and record tokens. */
import type { Measured } from "./rounds";
import { askedTokens, type ComparedContract, type Contender } from "./servers/contender";

/** The tokens that a server gave, and the rows that it wrote. */
export interface Tally {
  server: string;
  contract: string;
  answered: number;
  rows: number;
}

/** Checks before the measurement that every server gives tokens. @throws Error if one does not */
export async function mustIssueTokens(contenders: readonly Contender[], contracts: readonly string[]): Promise<void> {
  for (const { name, targets } of contenders) {
    for (const contract of contracts) {
      const target = targets[contract];
      if (target === undefined) continue;
      const { url, headers, headersOfConnection, body, bodies } = await target.aim(1, 1);
      const sent = bodies?.[0] ?? body;
      const response = await fetch(url, {
        method: "POST",
        headers: { ...headers, ...headersOfConnection?.[0] },
        ...(sent === undefined ? {} : { body: sent }),
      });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${name}, ${contract}: status ${response.status}, ${text}`);
      mustBeSignedAsAsked(text, contract, name);
    }
  }
}

function mustBeSignedAsAsked(text: string, contract: string, server: string): void {
  const expected = (askedTokens as Partial<Record<string, (typeof askedTokens)[ComparedContract]>>)[contract]?.algorithm;
  if (expected === undefined) return;
  const { access_token: token } = JSON.parse(text) as { access_token: string };
  const { alg } = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { alg: string };
  if (alg !== expected) throw new Error(`${server}, ${contract}: signed with ${alg}, not ${expected}`);
}

/** Checks that every server recorded its tokens. @throws Error if one has fewer rows than it gave tokens */
export async function mustHaveRecorded(contenders: readonly Contender[], measured: readonly Measured[]): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (const contender of contenders) {
    const server = contender.name;
    for (const contract of Object.keys(contender.targets)) {
      const answered = measured
        .filter((one) => one.server === server && one.contract === contract)
        .reduce((sum, one) => sum + one.answers, 0);
      if (answered > 0) tallies.push({ server, contract, answered, rows: await contender.countRows(contract) });
    }
  }
  const lost = tallies.filter(({ answered, rows }) => rows < answered);
  if (lost.length === 0) return tallies;
  throw new Error(
    lost.map(({ server, contract, answered, rows }) => `${server}, ${contract}: ${answered} answers, ${rows} rows`).join("\n"),
  );
}
