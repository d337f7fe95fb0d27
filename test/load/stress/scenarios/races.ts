import { isFair, itemCount, races, prepareCourse } from "../../../qualities/races/course";
import { runners } from "../../../qualities/races/race";
import type { Outcome } from "../scenario";

/** Eight requests race for each one-time value, at two servers on one database: each value is accepted once and recorded. */
export async function racesForOneTimeThings(): Promise<Outcome> {
  const course = await prepareCourse({ refreshGraceSeconds: 0, validateResponses: false }, itemCount);
  try {
    let [requests, answered, lost] = [0, 0, 0];
    for (const [kind, run] of Object.entries(races)) {
      const tally = await run(course);
      requests += tally.items * runners;
      answered += Object.values(tally.statuses).reduce((sum, count) => sum + count, 0);
      lost += tally.never + tally.doubled;
      if (!isFair(tally, itemCount) && tally.never + tally.doubled === 0) throw new Error(`${kind}: ${JSON.stringify(tally.statuses)}`);
    }
    // Each refresh token came from a code that was redeemed before.
    const recorded = itemCount * (Object.keys(races).length + 1);
    const rows = await course.polymint.database.build((knex) => knex("issued_tokens").count<{ count: string }[]>({ count: "*" }));
    lost += Math.max(0, recorded - Number(rows[0]?.count));
    return { name: "races for one-time things", requests, answered, lost, recoveredAfterMs: null };
  } finally {
    await course.polymint.stop();
  }
}
