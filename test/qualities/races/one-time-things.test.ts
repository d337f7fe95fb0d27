import { authorize } from "../../harness/authorize";
import { basic, tokenOf } from "../../harness/bearer-tokens";
import { makeBrokenLedger } from "./broken-ledger";
import {
  callback,
  type Course,
  isFair,
  itemCount,
  makeRefreshTokens,
  postForm,
  prepareCourse,
  races,
  redeemCode,
  redeemRefreshToken,
} from "./course";
import { race, runners } from "./race";

/** The broken ledger accepts nine of ten items more than once. */
const itemsForTheBroken = 10;
/** Within the grace every request succeeds, so fewer items show as much. */
const itemsWithinTheGrace = 20;

jest.setTimeout(300_000);

describe("a race of eight for each of 200, at two servers on one database", () => {
  let course: Course;
  beforeAll(async () => {
    course = await prepareCourse({ refreshGraceSeconds: 0, validateResponses: false });
  });
  afterAll(() => course.polymint.stop());

  it.each(Object.keys(races))("accepts each of the %s once", async (kind) => {
    const tally = await races[kind]?.(course);
    expect(tally).toMatchObject({ items: itemCount, once: itemCount, never: 0, doubled: 0 });
    expect(tally !== undefined && isFair(tally, itemCount)).toBe(true);
  });

  it("leaves one row in the ledger for each token that was answered, and no lock", async () => {
    const rows = await course.polymint.database.build((knex) => knex("issued_tokens").count<{ count: string }[]>({ count: "*" }));
    // Codes were redeemed first to make the refresh tokens.
    expect(Number(rows[0]?.count)).toBe(itemCount * (Object.keys(races).length + 1));
    expect(await tokenOf(course.polymint, "abbeycross")).toMatch(/^ey/);
  });

  it("revokes the token of a code as soon as the code is presented again", async () => {
    const code = await authorize(course.polymint, { clientId: course.app.id, redirectUri: callback, scope: "openid" });
    const { answers } = await race(course.servers, [code], (server, item) => redeemCode(course, server, item));
    const won = answers[0]?.find(({ status }) => status === 200)?.body as { access_token: string };
    const { client, secret } = await course.polymint.register({ contracts: [], services: ["introspection"] });
    const state = await postForm(course.polymint.url, "/oauth2/introspect")
      .set("Authorization", basic(client.id, secret?.value ?? ""))
      .send({ token: won.access_token });
    expect(state.body).toEqual({ active: false });
  });
});

describe("the same race within the grace of a refresh token", () => {
  it("answers every request with the same successor, which is valid", async () => {
    const course = await prepareCourse({ validateResponses: false }, itemsWithinTheGrace);
    const { answers, statuses } = await race(course.servers, await makeRefreshTokens(course), (server, token) =>
      redeemRefreshToken(course, server, token),
    );
    expect(statuses).toEqual({ 200: itemsWithinTheGrace * runners });
    const successors = answers.map((tries) => new Set(tries.map(({ body }) => (body as { refresh_token: string }).refresh_token)));
    expect(new Set(successors.map(({ size }) => size))).toEqual(new Set([1]));
    const last = [...(successors.at(-1) ?? [])][0] ?? "";
    expect((await redeemRefreshToken(course, course.servers[1] ?? "", last)).status).toBe(200);
    const unused = await course.polymint.database.build((knex) => knex("refresh_tokens").whereNull("rotated_at").pluck<Buffer[]>("digest"));
    expect(unused).toHaveLength(itemsWithinTheGrace);
    await course.polymint.stop();
  });
});

describe("the race with a ledger that looks first and updates afterwards", () => {
  let course: Course;
  beforeAll(async () => {
    course = await prepareCourse({ refreshGraceSeconds: 0, validateResponses: false, makeLedger: makeBrokenLedger }, itemsForTheBroken);
  });
  afterAll(() => course.polymint.stop());

  it.each(Object.keys(races))("(control) does not accept each of the %s exactly once", async (kind) => {
    const tally = await races[kind]?.(course);
    expect(tally).toMatchObject({ items: itemsForTheBroken });
    expect(tally !== undefined && isFair(tally, itemsForTheBroken)).toBe(false);
  });
});
