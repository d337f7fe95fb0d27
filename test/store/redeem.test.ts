import { randomUUID } from "node:crypto";
import type { LedgerEntry } from "../../src/engine/ports/ledger";
import type { AssertionUse, Redemption, TokenFamily } from "../../src/engine/redemption";
import { makeAuthorizationCodes } from "../../src/store/people/authorization-codes";
import type { Database } from "../../src/store/database";
import { makeLedgerReader } from "../../src/store/ledger/reader";
import { makePartitions } from "../../src/store/ledger/partitions";
import { makeLedger } from "../../src/store/ledger";
import { makeRefreshTokens } from "../../src/store/people/refresh-tokens";
import { makeTokenFamilies } from "../../src/store/ledger/token-families";
import {
  makeAssertionUse,
  daySeconds,
  digestOf,
  makeLedgerEntry,
  findInLedger,
  makeOwnDatabase,
  now,
  type OwnDatabase,
} from "../harness/own-database";
import { lockPartitions, waitForLockOn } from "../harness/lock-waits";

let own: OwnDatabase;
let database: Database;
beforeAll(async () => {
  own = await makeOwnDatabase();
  database = own.open();
});
afterAll(() => own.drop());

type CodeRedemption = Extract<Redemption, { kind: "authorization_code" }>;
type RefreshRedemption = Extract<Redemption, { kind: "refresh_token" }>;

function makeRedeemOn(on: Database) {
  const ledger = makeLedger({ database: on, partitions: makePartitions(on) });
  return (row: LedgerEntry, redemption: Redemption, use?: AssertionUse) =>
    ledger.record(row, { redemption, ...(use === undefined ? {} : { assertions: [use] }) });
}
/** The id of a signing key that was never withdrawn. */
const kid = "kid";
const seconds = now / 1000;
const fresh = (): Buffer => digestOf(randomUUID().slice(0, 32));
const makeRow = (fields: Partial<LedgerEntry>) => makeLedgerEntry({ clientId: "app", subject: "7", grant: "refresh_token", ...fields });

/** Issues a code. @returns its redemption */
async function issueCode(fields: Partial<TokenFamily> = {}): Promise<CodeRedemption> {
  const family: TokenFamily = {
    id: randomUUID(),
    clientId: "app",
    personId: "7",
    scope: ["openid", "offline"],
    authTime: seconds - 9,
    expiresAt: seconds + 180 * daySeconds,
    ...fields,
  };
  const digest = fresh();
  const times = { created_at: new Date(now), expires_at: new Date(now + 60_000), family_expires_at: new Date(family.expiresAt * 1000) };
  const facts = { client_id: family.clientId, person_id: family.personId, scope: family.scope.join(" "), auth_time: new Date(now - 9000) };
  const code = { digest, family: family.id, redirect_uri: "https://app.example", code_challenge: "x", ...facts, ...times };
  await database.build((knex) => knex("authorization_codes").insert(code));
  return { kind: "authorization_code", digest, family, refreshToken: { digest: fresh(), expiresAt: seconds + 30 * daySeconds } };
}

/** Issues the first refresh token of a family. @returns its redemption */
async function issueRefreshToken(graceSeconds = 10): Promise<RefreshRedemption> {
  const code = await issueCode();
  expect(await makeRedeemOn(database)(makeRow({ family: code.family.id }), code)).toBe("recorded");
  const successor = { digest: fresh(), expiresAt: seconds + 30 * daySeconds };
  return { kind: "refresh_token", digest: code.refreshToken?.digest ?? fresh(), family: code.family, successor, graceSeconds };
}

/** The redemption of the successor of this one's token. */
const makeNext = ({ successor, ...same }: RefreshRedemption): RefreshRedemption => {
  return { ...same, digest: successor.digest, successor: { digest: fresh(), expiresAt: successor.expiresAt } };
};

const find = (digest: Buffer) => makeRefreshTokens(database).find(digest);
const isSpent = async ({ digest }: CodeRedemption) => (await makeAuthorizationCodes(database).find(digest))?.spent;

describe("a code's redemption", () => {
  it("spends the code, begins its family and writes the token", async () => {
    const code = await issueCode();
    const row = makeRow({ family: code.family.id });
    expect(await isSpent(code)).toBe(false);
    expect(await makeRedeemOn(database)(row, code)).toBe("recorded");
    expect(await isSpent(code)).toBe(true);
    expect(await makeLedgerReader(database).find({ ...row, kid })).toMatchObject({ ...row, steppedUpUntil: null, revokedAt: null });
    expect(await find(code.refreshToken?.digest ?? fresh())).toEqual({
      family: code.family,
      issuedAt: seconds,
      expiresAt: seconds + 30 * daySeconds,
      rotatedAt: null,
      familyRevoked: false,
    });
  });

  it("creates no refresh token when none is asked for", async () => {
    const { refreshToken = { digest: fresh(), expiresAt: 0 }, ...code } = await issueCode();
    expect(await makeRedeemOn(database)(makeRow({ family: code.family.id }), code)).toBe("recorded");
    expect(await find(refreshToken.digest)).toBeUndefined();
  });

  it("succeeds once, and the second time writes nothing", async () => {
    const code = await issueCode();
    const [first, second] = [makeRow({}), makeRow({})];
    expect(await makeRedeemOn(database)(first, code)).toBe("recorded");
    expect(await makeRedeemOn(database)(second, code)).toBe("spent");
    expect(await makeRedeemOn(database)(second, { ...code, digest: fresh() })).toBe("spent");
    expect(await findInLedger(database, [first.jti, second.jti])).toEqual(new Set([first.jti]));
  });

  it("leaves the code unspent when the assertion was used before, and the assertion unused when the code was spent before", async () => {
    const [code, other] = [await issueCode(), await issueCode()];
    const [use, unused] = [makeAssertionUse(randomUUID()), makeAssertionUse(randomUUID())];
    expect(await makeRedeemOn(database)(makeRow({}), other, use)).toBe("recorded");
    expect(await makeRedeemOn(database)(makeRow({}), code, use)).toBe("replayed");
    expect(await isSpent(code)).toBe(false);
    expect(await makeRedeemOn(database)(makeRow({}), other, unused)).toBe("spent");
    expect(await makeRedeemOn(database)(makeRow({}), code, unused)).toBe("recorded");
  });

  it("changes nothing when the token cannot be written", async () => {
    const code = await issueCode();
    const use = makeAssertionUse(randomUUID());
    await expect(makeRedeemOn(database)(makeRow({ scope: "\0" }), code, use)).rejects.toThrow();
    expect(await isSpent(code)).toBe(false);
    expect(await find(code.refreshToken?.digest ?? fresh())).toBeUndefined();
    expect(await makeRedeemOn(database)(makeRow({}), code, use)).toBe("recorded");
  });

  it("creates a partition again that another server dropped", async () => {
    const expiresAt = seconds + 70 * daySeconds;
    const redeem = makeRedeemOn(database);
    expect(await redeem(makeRow({ expiresAt }), await issueCode())).toBe("recorded");
    const day = new Date(expiresAt * 1000).toISOString().slice(0, 10).replaceAll("-", "");
    await own.open().build((knex) => knex.raw(`DROP TABLE issued_tokens_${day}`));
    const row = makeRow({ expiresAt });
    expect(await redeem(row, await issueCode())).toBe("recorded");
    expect(await findInLedger(database, [row.jti])).toEqual(new Set([row.jti]));
  });

  it("never ends in a deadlock when two servers redeem codes with crossing assertions", async () => {
    const servers = [makeRedeemOn(own.open()), makeRedeemOn(own.open())];
    const codes = await Promise.all(Array.from({ length: 20 }, () => issueCode()));
    const uses = codes.map(() => makeAssertionUse(randomUUID()));
    const attempts = codes.flatMap((code, at) =>
      servers.flatMap((redeem) => [0, 1, 7].map((ahead) => redeem(makeRow({}), code, uses[(at + ahead) % uses.length]))),
    );
    const outcomes = await Promise.all(attempts);
    const recorded = outcomes.filter((outcome) => outcome === "recorded").length;
    expect((await Promise.all(codes.map(isSpent))).filter((spent) => spent === true)).toHaveLength(recorded);
    expect(recorded).toBeGreaterThan(0);
  });
});

describe("a rotation", () => {
  it("stores the successor, which can be rotated in turn", async () => {
    const token = await issueRefreshToken();
    expect(await makeRedeemOn(database)(makeRow({ issuedAt: seconds + 5 }), token)).toBe("recorded");
    expect(await find(token.digest)).toMatchObject({ rotatedAt: seconds + 5 });
    expect(await find(token.successor.digest)).toMatchObject({ family: token.family, issuedAt: seconds + 5, rotatedAt: null });
    expect(await makeRedeemOn(database)(makeRow({ issuedAt: seconds + 6 }), makeNext(token))).toBe("recorded");
  });

  it("may be repeated within the grace, counted from the first use, and leaves the successor as it is", async () => {
    const token = await issueRefreshToken();
    const redeem = makeRedeemOn(database);
    expect(await redeem(makeRow({}), token)).toBe("recorded");
    const successor = await find(token.successor.digest);
    const later = { ...token, successor: { ...token.successor, expiresAt: token.successor.expiresAt + 9 } };
    for (const [at, outcome] of [
      [3, "recorded"],
      [9, "recorded"],
      [10, "spent"],
    ] as const) {
      expect([at, await redeem(makeRow({ issuedAt: seconds + at }), later)]).toEqual([at, outcome]);
    }
    expect(await find(token.successor.digest)).toEqual(successor);
    expect(await find(token.digest)).toMatchObject({ rotatedAt: seconds });
  });

  it("cannot be repeated after the successor was used, nor with another successor, nor without a grace", async () => {
    const redeem = makeRedeemOn(database);
    const used = await issueRefreshToken();
    for (const redemption of [used, makeNext(used)]) expect(await redeem(makeRow({}), redemption)).toBe("recorded");
    expect(await redeem(makeRow({}), used)).toBe("spent");
    const other = await issueRefreshToken();
    expect(await redeem(makeRow({}), other)).toBe("recorded");
    expect(await redeem(makeRow({}), { ...other, successor: { ...other.successor, digest: fresh() } })).toBe("spent");
    const strict = await issueRefreshToken(0);
    expect(await redeem(makeRow({}), strict)).toBe("recorded");
    expect(await redeem(makeRow({}), strict)).toBe("spent");
  });

  it("succeeds once without a grace when two servers rotate at once, and leads to one successor with a grace", async () => {
    const servers = [makeRedeemOn(own.open()), makeRedeemOn(own.open())];
    for (const [graceSeconds, expected] of [
      [0, 1],
      [10, 6],
    ] as const) {
      const tokens = await Promise.all(Array.from({ length: 10 }, () => issueRefreshToken(graceSeconds)));
      const counts = tokens.map(async (token) => {
        const attempts = [0, 1, 2].flatMap(() => servers.map((redeem) => redeem(makeRow({ family: token.family.id }), token)));
        return (await Promise.all(attempts)).filter((outcome) => outcome === "recorded").length;
      });
      expect(await Promise.all(counts)).toEqual(tokens.map(() => expected));
      for (const token of tokens) {
        const family = await database.build((knex) => knex("refresh_tokens").where("family", token.family.id));
        expect(family).toHaveLength(2);
      }
    }
  });

  it("changes nothing when the new token cannot be written", async () => {
    const token = await issueRefreshToken();
    await expect(makeRedeemOn(database)(makeRow({ scope: "\0" }), token)).rejects.toThrow();
    expect(await find(token.digest)).toMatchObject({ rotatedAt: null });
    expect(await find(token.successor.digest)).toBeUndefined();
    expect(await makeRedeemOn(database)(makeRow({}), token)).toBe("recorded");
  });
});

describe("a revoked family", () => {
  it("rotates no token, its access tokens are revoked, and the first time of revocation counts", async () => {
    const token = await issueRefreshToken();
    const row = makeRow({ family: token.family.id });
    expect(await makeRedeemOn(database)(row, token)).toBe("recorded");
    const families = makeTokenFamilies(database);
    await families.revoke(token.family.id, seconds + 3);
    await families.revoke(token.family.id, seconds + 8);
    const reader = makeLedgerReader(database);
    expect(await reader.find({ ...row, kid })).toMatchObject({ family: token.family.id, revokedAt: seconds + 3 });
    expect(await find(token.successor.digest)).toMatchObject({ familyRevoked: true });
    for (const dead of [token, makeNext(token)]) expect(await makeRedeemOn(database)(makeRow({}), dead)).toBe("spent");
  });

  it("revokes the token of a rotation that was in progress", async () => {
    const token = await issueRefreshToken();
    const row = makeRow({ family: token.family.id });
    const [rotating, revoking] = [own.open(), own.open()];
    const outcome = await runWhileLocked(async () => {
      const rotation = makeRedeemOn(rotating)(row, token);
      await waitForLockOn(database, "issued_tokens");
      const revocation = makeTokenFamilies(revoking).revoke(token.family.id, seconds + 1);
      await waitForLockOn(database, "coalesce(revoked_at");
      return Promise.resolve({ rotation, revocation });
    });
    expect(await outcome.rotation).toBe("recorded");
    await outcome.revocation;
    expect(await makeLedgerReader(database).find({ ...row, kid })).toMatchObject({ revokedAt: seconds + 1 });
    expect(await makeRedeemOn(database)(makeRow({}), makeNext(token))).toBe("spent");
  });
});

/** Locks the ledger meanwhile, so that a redemption stops just before it writes the token. */
function runWhileLocked<T>(work: () => Promise<T>): Promise<T> {
  return own.open().transaction(async (transaction) => {
    await lockPartitions(transaction);
    return work();
  });
}
