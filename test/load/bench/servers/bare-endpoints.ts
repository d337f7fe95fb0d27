/** The endpoints of the bare server: each does what Polymint's does for the same request, and no more. */
import { createPublicKey } from "node:crypto";
import pg from "pg";
import { tokenPaths } from "../../../harness/token-requests";
import { makeBareLedger, makeSpendingLedger, type RecordRow } from "./bare-ledger";
import { type BareSettings, issuer, makeBareDigest } from "./bare-settings";
import { signToken, startToken, type TokenClaims, verifyToken } from "./bare-tokens";
import { askedTokens, type ComparedEndpoint } from "./contender";
import { introspectionPath } from "./targets";

/** Answers a request. @returns undefined if it is refused */
export type BareEndpoint = (request: BareRequest) => Promise<object | undefined>;

export interface BareRequest {
  query: string;
  authorization: string;
  body: string;
}

/** @returns endpoints by path */
export function makeBareEndpoints(settings: BareSettings): ReadonlyMap<string, BareEndpoint> {
  const { connection, secret } = settings;
  const record = makeBareLedger(connection);
  const pool = new pg.Pool({ ...connection, max: 10 });
  return new Map([
    [tokenPaths.abbeycross, makeAbbeycross(record, secret)],
    [tokenPaths.firstvision, makeFirstvision(record, secret)],
    [tokenPaths.raidiam, makeRaidiam(makeSpendingLedger(connection), settings)],
    [tokenPaths["screening-eagle"], makeRefresh(pool, secret)],
    [introspectionPath, makeIntrospection(pool, secret)],
  ]);
}

function makeAbbeycross(record: RecordRow, secret: string): BareEndpoint {
  return async ({ body }) => {
    const { client_id: clientId, client_secret: presented } = JSON.parse(body) as Record<string, string | undefined>;
    if (clientId !== "abbeycross" || presented !== secret) return undefined;
    const { scope, lifetimeSeconds } = askedTokens.abbeycross;
    const token = await issue("abbeycross", { clientId, scope, own: { sub: clientId, aud: issuer } }, record);
    return { access_token: token, token_type: "Bearer", expires_in: lifetimeSeconds, scope };
  };
}

function makeFirstvision(record: RecordRow, secret: string): BareEndpoint {
  return async ({ query, authorization }) => {
    const clientId = readBasic(authorization, secret);
    if (clientId !== "firstvision") return undefined;
    const scope = new URLSearchParams(query).get("scope") ?? "";
    const token = await issue("firstvision", { clientId, scope, own: { firstVisionId: "00000AUNAB" } }, record);
    return {
      access_token: token,
      expires_in: Math.floor(Date.now() / 1000) + askedTokens.firstvision.lifetimeSeconds,
      token_type: "Bearer",
    };
  };
}

interface AssertionClaims {
  iss: string;
  sub: string;
  aud: string;
  exp: number;
  jti: string;
}

function makeRaidiam(record: RecordRow, { clientKey }: BareSettings): BareEndpoint {
  const key = createPublicKey({ key: clientKey, format: "jwk" });
  return async ({ body }) => {
    const fields = new URLSearchParams(body);
    const assertion = verifyToken(fields.get("client_assertion") ?? "", key) as AssertionClaims | undefined;
    if (assertion?.iss !== "raidiam" || assertion.sub !== "raidiam" || assertion.aud !== issuer) return undefined;
    const { jti, exp: expiresAt, sub: clientId } = assertion;
    const scope = fields.get("scope") ?? "";
    const asked = { clientId, scope, own: { sub: clientId, aud: issuer }, assertion: { jti, expiresAt } };
    const token = await issue("raidiam", asked, record);
    return token === undefined
      ? undefined
      : { access_token: token, token_type: "Bearer", expires_in: askedTokens.raidiam.lifetimeSeconds, scope };
  };
}

interface Asked {
  clientId: string;
  scope: string;
  /** Claims of the contract. */
  own: object;
  assertion?: { jti: string; expiresAt: number };
}

/** @returns undefined if the assertion was spent before */
async function issue(endpoint: ComparedEndpoint, asked: Asked, record: RecordRow): Promise<string | undefined> {
  const { clientId, scope, own, assertion } = asked;
  const { jti, iat, exp } = startToken(endpoint);
  const token = await signToken(askedTokens[endpoint].algorithm, { ...own, client_id: clientId, scope, iss: issuer, iat, exp, jti });
  const row = { jti, issuedAt: iat, expiresAt: exp, endpoint, clientId, scope };
  return (await record(assertion === undefined ? row : { ...row, assertion })) ? token : undefined;
}

/** One statement spends the refresh token, stores its successor and records the access token. */
const redeem = `
  WITH spent AS (
    UPDATE refresh_tokens SET rotated_at = now(), successor = $2
    WHERE digest = $1 AND rotated_at IS NULL AND expires_at > now() AND client_id = $3
    RETURNING family, client_id, subject, scope
  ), next AS (
    INSERT INTO refresh_tokens (digest, family, client_id, subject, scope, expires_at)
    SELECT $2, family, client_id, subject, scope, now() + interval '30 days' FROM spent
  ), recorded AS (
    INSERT INTO issued_tokens (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, scope)
    SELECT $4, to_timestamp($5), to_timestamp($6), 'refresh', client_id, 'refresh_token', subject, scope FROM spent
  )
  SELECT subject, scope FROM spent`;

function makeRefresh(pool: pg.Pool, secret: string): BareEndpoint {
  const digest = makeBareDigest(secret);
  return async ({ authorization, body }) => {
    const clientId = readBasic(authorization, secret);
    if (clientId !== "refresh") return undefined;
    const presented = new URLSearchParams(body).get("refresh_token") ?? "";
    const successor = digest(`successor ${presented}`).toString("base64url");
    const { jti, iat, exp } = startToken("refresh");
    const values = [digest(presented), digest(successor), clientId, jti, iat, exp];
    const { rows } = await pool.query<{ subject: string; scope: string }>({ name: "redeem", text: redeem, values });
    const [granted] = rows;
    if (granted === undefined) return undefined;
    const { subject, scope } = granted;
    const token = await signToken("ES256", { sub: subject, aud: clientId, client_id: clientId, scope, iss: issuer, iat, exp, jti });
    return { access_token: token, token_type: "bearer", expires_in: exp - iat, scope, refresh_token: successor };
  };
}

const find = "SELECT client_id, subject, scope, revoked_at FROM issued_tokens WHERE expires_at = to_timestamp($1) AND jti = $2";

interface FoundToken {
  client_id: string;
  subject: string;
  scope: string;
  revoked_at: Date | null;
}

function makeIntrospection(pool: pg.Pool, secret: string): BareEndpoint {
  return async ({ authorization, body }) => {
    if (readBasic(authorization, secret) !== "introspection") return undefined;
    const claims = verifyToken(new URLSearchParams(body).get("token") ?? "") as TokenClaims | undefined;
    if (claims === undefined) return { active: false };
    const { rows } = await pool.query<FoundToken>({ name: "find", text: find, values: [claims.exp, claims.jti] });
    const [found] = rows;
    if (found?.revoked_at !== null) return { active: false };
    return { ...claims, active: true, client_id: found.client_id, token_type: "Bearer", sub: found.subject, scope: found.scope };
  };
}

/** @returns the client's id if the secret is right */
function readBasic(authorization: string, secret: string): string | undefined {
  const [id, presented] = Buffer.from(authorization.slice("Basic ".length), "base64").toString().split(":");
  return presented === secret ? id : undefined;
}
