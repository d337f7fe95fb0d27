import { authorize } from "../../harness/authorize";
import { basic, tokenOf } from "../../harness/bearer-tokens";
import { makeBrokenLedger } from "./broken-ledger";
import { callback, type Course, isFair, itemCount, kinds, post, prepare, redeem, refresh, refreshTokens } from "./course";
import { race, runners } from "./race";

/** The broken one gives itself away sooner. */
const itemsForTheBroken = 40;
/** Within the grace nobody wins alone, so fewer show as much. */
const itemsWithinTheGrace = 40;

jest.setTimeout(300_000);

describe("a race of eight for each of 200, at two servers on one database", () => {
  let course: Course;
  beforeAll(async () => {
    course = await prepare({ refreshGraceSeconds: 0, validateResponses: false });
  });
  afterAll(() => course.polymint.stop());

  it.each(Object.keys(kinds))("%s are each honoured once", async (kind) => {
    const tally = await kinds[kind]?.(course);
    expect(tally).toMatchObject({ items: itemCount, once: itemCount, never: 0, doubled: 0 });
    expect(tally !== undefined && isFair(tally, itemCount)).toBe(true);
  });

  it("leaves one row in the ledger for each token that was answered, and no lock behind", async () => {
    const rows = await course.polymint.database.build((knex) => knex("issued_tokens").count<{ count: string }[]>({ count: "*" }));
    // The refresh tokens came of codes that were redeemed first.
    expect(Number(rows[0]?.count)).toBe(itemCount * (Object.keys(kinds).length + 1));
    expect(await tokenOf(course.polymint, "abbeycross")).toMatch(/^ey/);
  });

  it("ends what a code produced as soon as it is presented again", async () => {
    const code = await authorize(course.polymint, { clientId: course.app.id, redirectUri: callback, scope: "openid" });
    const { answers } = await race(course.servers, [code], (server, item) => redeem(course, server, item));
    const won = answers[0]?.find(({ status }) => status === 200)?.body as { access_token: string };
    const { client, secret } = await course.polymint.register({ contracts: [], services: ["introspection"] });
    const state = await post(course.polymint.url, "/oauth2/introspect")
      .set("Authorization", basic(client.id, secret?.value ?? ""))
      .send({ token: won.access_token });
    expect(state.body).toEqual({ active: false });
  });
});

describe("the same race within the grace of a refresh token", () => {
  it("answers all of them with one and the same successor, which is good", async () => {
    const course = await prepare({ validateResponses: false }, itemsWithinTheGrace);
    const { answers, statuses } = await race(course.servers, await refreshTokens(course), (server, token) =>
      refresh(course, server, token),
    );
    expect(statuses).toEqual({ 200: itemsWithinTheGrace * runners });
    const successors = answers.map((tries) => new Set(tries.map(({ body }) => (body as { refresh_token: string }).refresh_token)));
    expect(new Set(successors.map(({ size }) => size))).toEqual(new Set([1]));
    const last = [...(successors.at(-1) ?? [])][0] ?? "";
    expect((await refresh(course, course.servers[1] ?? "", last)).status).toBe(200);
    const unused = await course.polymint.database.build((knex) => knex("refresh_tokens").whereNull("rotated_at").pluck<Buffer[]>("digest"));
    expect(unused).toHaveLength(itemsWithinTheGrace);
    await course.polymint.stop();
  });
});

describe("with a ledger that checks and then updates", () => {
  let course: Course;
  beforeAll(async () => {
    course = await prepare({ refreshGraceSeconds: 0, validateResponses: false, makeLedger: makeBrokenLedger }, itemsForTheBroken);
  });
  afterAll(() => course.polymint.stop());

  it.each(Object.keys(kinds))("the race for %s is not fair", async (kind) => {
    const tally = await kinds[kind]?.(course);
    expect(tally).toMatchObject({ items: itemsForTheBroken });
    expect(tally !== undefined && isFair(tally, itemsForTheBroken)).toBe(false);
  });
});
