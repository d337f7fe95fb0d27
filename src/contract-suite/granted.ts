import { createPublicKey, type JsonWebKey } from "node:crypto";
import { decode, verify } from "jsonwebtoken";
import { findWrongLifetimes } from "./lifetime";
import type { Running } from "./running";

/** Tests what a request with the right credentials gets. */
export function testGranted(at: () => Running): void {
  it("issues a token that the published key set verifies and the ledger holds", async () => {
    const { polymint, subject, sendGood, expectGranted } = at();
    const { name } = subject;
    const response = await sendGood();
    expectGranted(response);
    const token = subject.tokenOf(response);
    const { keys } = (await (await fetch(`${polymint.url}/.well-known/jwks.json`)).json()) as { keys: JsonWebKey[] };
    const header = decode(token, { complete: true })?.header;
    expect(header?.typ).toBe("at+jwt");
    const jwk = keys.find(({ kid }) => kid === header?.kid);
    const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
    const claims = verify(token, key, {
      algorithms: [header?.alg as "ES256"],
      issuer: polymint.issuer,
      clockTimestamp: polymint.clock() / 1000,
    });
    if (typeof claims === "string") throw new Error("the claims are no object");
    const { lifetimeSeconds } = subject.contract.policy;
    expect(claims).toMatchObject({ iat: Math.floor(polymint.clock() / 1000), exp: (claims.iat ?? 0) + lifetimeSeconds });
    expect(findWrongLifetimes(response.text, token, { lifetimeSeconds, expiresAt: claims.exp ?? 0 })).toEqual([]);
    const rows = await polymint.database.build((knex) =>
      knex("issued_tokens").where({ jti: claims.jti }).select("dialect", "client_id", "expires_at"),
    );
    const clientId = polymint.clients[name]?.clientId;
    expect(rows).toEqual([{ dialect: name, client_id: clientId, expires_at: new Date((claims.exp ?? 0) * 1000) }]);
  });

  it("never logs the token or the credential", async () => {
    const { polymint, subject, sendGood } = at();
    const token = subject.tokenOf(await sendGood());
    const logged = JSON.stringify(polymint.logs);
    expect(logged).not.toContain(token.split(".")[2]);
    const { secret } = polymint.clients[subject.name] ?? {};
    if (secret) expect(logged).not.toContain(secret);
  });

  it("grants nothing for a code that was redeemed", async () => {
    const { subject, makeGood, send, expectGranted, expectAnswer } = at();
    if (!subject.uses.code) return;
    const request = await makeGood();
    expectGranted(await send(request));
    expectAnswer(await send(request), subject.statusOf("invalid_grant"));
  });
}
