import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { LedgerEntry } from "../../src/engine/ports/ledger";
import type { Redemption, TokenFamily } from "../../src/engine/redemption";
import { makeAuthorizationCodes } from "../../src/store/people/authorization-codes";
import type { Database } from "../../src/store/database";
import { makeLedgerReader } from "../../src/store/ledger/reader";
import { makePartitions } from "../../src/store/ledger/partitions";
import { makeRedeem } from "../../src/store/ledger/redeem";
import { makeRefreshTokens } from "../../src/store/people/refresh-tokens";
import { makeTokenFamilies } from "../../src/store/ledger/token-families";
import { assertionUse, daySeconds, digestOf, entry, inLedger, makeOwnDatabase, now, type OwnDatabase } from "../harness/own-database";

let own: OwnDatabase;
let database: Database;
beforeAll(async () => {
  own = await makeOwnDatabase();
  database = own.open();
});
afterAll(() => own.drop());

type CodeRedemption = Extract<Redemption, { kind: "authorization_code" }>;
type RefreshRedemption = Extract<Redemption, { kind: "refresh_token" }>;

const redeemOn = (on: Database) => makeRedeem({ database: on, partitions: makePartitions(on) });
/** The key that tokens are taken to be signed with; nobody withdrew it. */
const kid = "kid";
const seconds = now / 1000;
const fresh = (): Buffer => digestOf(randomUUID().slice(0, 32));
const rowOf = (fields: Partial<LedgerEntry>) => entry({ clientId: "app", subject: "7", grant: "refresh_token", ...fields });

/** A code somebody was given, and its redemption. */
async function issuedCode(fields: Partial<TokenFamily> = {}): Promise<CodeRedemption> {
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
  const code = { family, redirectUri: "https://app.example", codeChallenge: "x", nonce: null, expiresAt: seconds + 60 };
  await makeAuthorizationCodes(database).issue(digest, code, now);
  return { kind: "authorization_code", digest, family, refreshToken: { digest: fresh(), expiresAt: seconds + 30 * daySeconds } };
}

/** The redemption of a family's first refresh token. */
async function issuedRefreshToken(graceSeconds = 10): Promise<RefreshRedemption> {
  const code = await issuedCode();
  expect(await redeemOn(database)(rowOf({ family: code.family.id }), code)).toBe("recorded");
  const successor = { digest: fresh(), expiresAt: seconds + 30 * daySeconds };
  return { kind: "refresh_token", digest: code.refreshToken?.digest ?? fresh(), family: code.family, successor, graceSeconds };
}

/** The redemption of what came of this one. */
const next = ({ successor, ...same }: RefreshRedemption): RefreshRedemption => {
  return { ...same, digest: successor.digest, successor: { digest: fresh(), expiresAt: successor.expiresAt } };
};

const find = (digest: Buffer) => makeRefreshTokens(database).find(digest);
const isSpent = async ({ digest }: CodeRedemption) => (await makeAuthorizationCodes(database).find(digest))?.spent;

describe("a code's redemption", () => {
  it("spends the code, begins its family and writes the token", async () => {
    const code = await issuedCode();
    const row = rowOf({ family: code.family.id });
    expect(await isSpent(code)).toBe(false);
    expect(await redeemOn(database)(row, code)).toBe("recorded");
    expect(await isSpent(code)).toBe(true);
    expect(await makeLedgerReader(database).find({ ...row, kid })).toEqual({ ...row, revokedAt: null });
    expect(await find(code.refreshToken?.digest ?? fresh())).toEqual({
      family: code.family,
      issuedAt: seconds,
      expiresAt: seconds + 30 * daySeconds,
      rotatedAt: null,
      familyRevoked: false,
    });
  });

  it("makes no refresh token where none is wanted", async () => {
    const { refreshToken = { digest: fresh(), expiresAt: 0 }, ...code } = await issuedCode();
    expect(await redeemOn(database)(rowOf({ family: code.family.id }), code)).toBe("recorded");
    expect(await find(refreshToken.digest)).toBeUndefined();
  });

  it("happens once, and the second time writes nothing", async () => {
    const code = await issuedCode();
    const [first, second] = [rowOf({}), rowOf({})];
    expect(await redeemOn(database)(first, code)).toBe("recorded");
    expect(await redeemOn(database)(second, code)).toBe("spent");
    expect(await redeemOn(database)(second, { ...code, digest: fresh() })).toBe("spent");
    expect(await inLedger(database, [first.jti, second.jti])).toEqual(new Set([first.jti]));
  });

  it("leaves the code unspent where the assertion was used before, and the assertion unused where the code was", async () => {
    const [code, other] = [await issuedCode(), await issuedCode()];
    const [use, unused] = [assertionUse(randomUUID()), assertionUse(randomUUID())];
    expect(await redeemOn(database)(rowOf({}), other, use)).toBe("recorded");
    expect(await redeemOn(database)(rowOf({}), code, use)).toBe("replayed");
    expect(await isSpent(code)).toBe(false);
    expect(await redeemOn(database)(rowOf({}), other, unused)).toBe("spent");
    expect(await redeemOn(database)(rowOf({}), code, unused)).toBe("recorded");
  });

  it("leaves everything as it was where the token cannot be written", async () => {
    const code = await issuedCode();
    const use = assertionUse(randomUUID());
    await expect(redeemOn(database)(rowOf({ scope: "\0" }), code, use)).rejects.toThrow();
    expect(await isSpent(code)).toBe(false);
    expect(await find(code.refreshToken?.digest ?? fresh())).toBeUndefined();
    expect(await redeemOn(database)(rowOf({}), code, use)).toBe("recorded");
  });

  it("makes a partition again that was dropped behind its back", async () => {
    const expiresAt = seconds + 70 * daySeconds;
    const redeem = redeemOn(database);
    expect(await redeem(rowOf({ expiresAt }), await issuedCode())).toBe("recorded");
    const day = new Date(expiresAt * 1000).toISOString().slice(0, 10).replaceAll("-", "");
    await own.open().build((knex) => knex.raw(`DROP TABLE issued_tokens_${day}`));
    const row = rowOf({ expiresAt });
    expect(await redeem(row, await issuedCode())).toBe("recorded");
    expect(await inLedger(database, [row.jti])).toEqual(new Set([row.jti]));
  });

  it("through two servers with crossing assertions never ends in a deadlock", async () => {
    const servers = [redeemOn(own.open()), redeemOn(own.open())];
    const codes = await Promise.all(Array.from({ length: 20 }, () => issuedCode()));
    const uses = codes.map(() => assertionUse(randomUUID()));
    const attempts = codes.flatMap((code, at) =>
      servers.flatMap((redeem) => [0, 1, 7].map((ahead) => redeem(rowOf({}), code, uses[(at + ahead) % uses.length]))),
    );
    const outcomes = await Promise.all(attempts);
    const recorded = outcomes.filter((outcome) => outcome === "recorded").length;
    expect((await Promise.all(codes.map(isSpent))).filter((spent) => spent === true)).toHaveLength(recorded);
    expect(recorded).toBeGreaterThan(0);
  });
});

describe("a rotation", () => {
  it("puts the successor in the token's place", async () => {
    const token = await issuedRefreshToken();
    expect(await redeemOn(database)(rowOf({ issuedAt: seconds + 5 }), token)).toBe("recorded");
    expect(await find(token.digest)).toMatchObject({ rotatedAt: seconds + 5 });
    expect(await find(token.successor.digest)).toMatchObject({ family: token.family, issuedAt: seconds + 5, rotatedAt: null });
    expect(await redeemOn(database)(rowOf({ issuedAt: seconds + 6 }), next(token))).toBe("recorded");
  });

  it("is repeated within the grace, from the first use on, and changes nothing of the successor", async () => {
    const token = await issuedRefreshToken();
    const redeem = redeemOn(database);
    expect(await redeem(rowOf({}), token)).toBe("recorded");
    const successor = await find(token.successor.digest);
    const later = { ...token, successor: { ...token.successor, expiresAt: token.successor.expiresAt + 9 } };
    for (const [at, outcome] of [
      [3, "recorded"],
      [9, "recorded"],
      [10, "spent"],
    ] as const) {
      expect([at, await redeem(rowOf({ issuedAt: seconds + at }), later)]).toEqual([at, outcome]);
    }
    expect(await find(token.successor.digest)).toEqual(successor);
    expect(await find(token.digest)).toMatchObject({ rotatedAt: seconds });
  });

  it("is not repeated once the successor was used, nor with another successor, nor without a grace", async () => {
    const redeem = redeemOn(database);
    const used = await issuedRefreshToken();
    for (const redemption of [used, next(used)]) expect(await redeem(rowOf({}), redemption)).toBe("recorded");
    expect(await redeem(rowOf({}), used)).toBe("spent");
    const other = await issuedRefreshToken();
    expect(await redeem(rowOf({}), other)).toBe("recorded");
    expect(await redeem(rowOf({}), { ...other, successor: { ...other.successor, digest: fresh() } })).toBe("spent");
    const strict = await issuedRefreshToken(0);
    expect(await redeem(rowOf({}), strict)).toBe("recorded");
    expect(await redeem(rowOf({}), strict)).toBe("spent");
  });

  it("through two servers at once happens once without a grace, and leads to one successor with it", async () => {
    const servers = [redeemOn(own.open()), redeemOn(own.open())];
    for (const [graceSeconds, expected] of [
      [0, 1],
      [10, 6],
    ] as const) {
      const tokens = await Promise.all(Array.from({ length: 10 }, () => issuedRefreshToken(graceSeconds)));
      const counts = tokens.map(async (token) => {
        const attempts = [0, 1, 2].flatMap(() => servers.map((redeem) => redeem(rowOf({ family: token.family.id }), token)));
        return (await Promise.all(attempts)).filter((outcome) => outcome === "recorded").length;
      });
      expect(await Promise.all(counts)).toEqual(tokens.map(() => expected));
      for (const token of tokens) {
        const family = await database.build((knex) => knex("refresh_tokens").where("family", token.family.id));
        expect(family).toHaveLength(2);
      }
    }
  });

  it("leaves the token as it was where the new token cannot be written", async () => {
    const token = await issuedRefreshToken();
    await expect(redeemOn(database)(rowOf({ scope: "\0" }), token)).rejects.toThrow();
    expect(await find(token.digest)).toMatchObject({ rotatedAt: null });
    expect(await find(token.successor.digest)).toBeUndefined();
    expect(await redeemOn(database)(rowOf({}), token)).toBe("recorded");
  });
});

describe("a family that is revoked", () => {
  it("rotates nothing, and takes its access tokens with it; the first time stands", async () => {
    const token = await issuedRefreshToken();
    const row = rowOf({ family: token.family.id });
    expect(await redeemOn(database)(row, token)).toBe("recorded");
    const families = makeTokenFamilies(database);
    await families.revoke(token.family.id, seconds + 3);
    await families.revoke(token.family.id, seconds + 8);
    const reader = makeLedgerReader(database);
    expect(await reader.find({ ...row, kid })).toMatchObject({ family: token.family.id, revokedAt: seconds + 3 });
    expect(await find(token.successor.digest)).toMatchObject({ familyRevoked: true });
    for (const dead of [token, next(token)]) expect(await redeemOn(database)(rowOf({}), dead)).toBe("spent");
  });

  it("while a token rotates takes what that makes with it", async () => {
    const token = await issuedRefreshToken();
    const row = rowOf({ family: token.family.id });
    const [rotating, revoking] = [own.open(), own.open()];
    const outcome = await whileHeld(async () => {
      const rotation = redeemOn(rotating)(row, token);
      await waitFor("issued_tokens");
      const revocation = makeTokenFamilies(revoking).revoke(token.family.id, seconds + 1);
      await waitFor("token_families");
      return Promise.resolve({ rotation, revocation });
    });
    expect(await outcome.rotation).toBe("recorded");
    await outcome.revocation;
    expect(await makeLedgerReader(database).find({ ...row, kid })).toMatchObject({ revokedAt: seconds + 1 });
    expect(await redeemOn(database)(rowOf({}), next(token))).toBe("spent");
  });
});

/** Holds the ledger meanwhile, so that a redemption stops just before it writes. */
function whileHeld<T>(work: () => Promise<T>): Promise<T> {
  return own.open().transaction(async (transaction) => {
    await transaction.raw("LOCK TABLE issued_tokens IN SHARE MODE");
    return work();
  });
}

/** Until a statement that names the table waits for a lock. */
async function waitFor(table: string): Promise<void> {
  for (;;) {
    const { rows } = await database.build((knex) =>
      knex.raw<{ rows: unknown[] }>(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE ?",
        [`%${table}%`],
      ),
    );
    if (rows.length > 0) return;
    await sleep(20);
  }
}
