/** Checks that the measured servers really issue and record tokens. */
import type { Measured } from "./rounds";
import { askedTokens, type ComparedEndpoint, type Contender } from "./servers/contender";

/** The tokens that a server gave, and the rows that it wrote. */
export interface Tally {
  server: string;
  endpoint: string;
  answered: number;
  rows: number;
}

/** Checks before the measurement that every server gives tokens. @throws Error if one does not */
export async function mustIssueTokens(contenders: readonly Contender[], endpoints: readonly string[]): Promise<void> {
  for (const { name, targets } of contenders) {
    for (const endpoint of endpoints) {
      const target = targets[endpoint];
      if (target === undefined) continue;
      const { url, headers, headersOfConnection, body, bodies } = await target.aim(1, 1);
      const sent = bodies?.[0] ?? body;
      const response = await fetch(url, {
        method: "POST",
        headers: { ...headers, ...headersOfConnection?.[0] },
        ...(sent === undefined ? {} : { body: sent }),
      });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${name}, ${endpoint}: status ${response.status}, ${text}`);
      mustBeAsAsked(text, endpoint, name);
    }
  }
}

function mustBeAsAsked(text: string, endpoint: string, server: string): void {
  const answer = JSON.parse(text) as { access_token: string; active?: boolean };
  if (endpoint === "introspection" && answer.active !== true) throw new Error(`${server}, ${endpoint}: the token is not active`);
  const expected = (askedTokens as Partial<Record<string, (typeof askedTokens)[ComparedEndpoint]>>)[endpoint]?.algorithm;
  if (expected === undefined) return;
  const { alg } = JSON.parse(Buffer.from(answer.access_token.split(".")[0] ?? "", "base64url").toString()) as { alg: string };
  if (alg !== expected) throw new Error(`${server}, ${endpoint}: signed with ${alg}, not ${expected}`);
}

/** Checks that every server recorded its tokens. @throws Error if one has fewer rows than it gave tokens */
export async function mustHaveRecorded(contenders: readonly Contender[], measured: readonly Measured[]): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (const contender of contenders) {
    const server = contender.name;
    for (const endpoint of Object.keys(contender.targets)) {
      const answered = measured
        .filter((one) => one.server === server && one.endpoint === endpoint)
        .reduce((sum, one) => sum + one.answers, 0);
      const rows = answered > 0 ? await contender.countRows(endpoint) : undefined;
      if (rows !== undefined) tallies.push({ server, endpoint, answered, rows });
    }
  }
  const lost = tallies.filter(({ answered, rows }) => rows < answered);
  if (lost.length === 0) return tallies;
  throw new Error(
    lost.map(({ server, endpoint, answered, rows }) => `${server}, ${endpoint}: ${answered} answers, ${rows} rows`).join("\n"),
  );
}
