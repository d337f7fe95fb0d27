import { createPrivateKey, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sign } from "jsonwebtoken";
import { type TokenServer, contractNames } from "../../../harness/token-requests";

interface Keepsake {
  secrets: Readonly<Record<string, string>>;
  user: { email: string; password: string; identityId: string };
}

/**
 * The clients that `serve --demo` made, whichever release did, as whoever asks any server on that database has them.
 * @param data folder of that server
 */
export function demoClients(data: string, issuer: string): Omit<TokenServer, "url"> {
  const { secrets, user } = JSON.parse(readFileSync(join(data, "demo.json"), "utf8")) as Keepsake;
  const clients = contractNames.map((contract) => {
    const clientId = `demo-${contract}`;
    return [contract, { clientId, secret: secrets[clientId] ?? "", assertion: assertionsOf(data, clientId) }];
  });
  const { email, password, identityId } = user;
  return {
    clients: Object.fromEntries(clients) as TokenServer["clients"],
    user: { id: "", email, password, identities: [{ type: "CORPORATE", id: identityId }] },
    issuer,
  };
}

/** Only some of them have a key. */
function assertionsOf(data: string, clientId: string): (audience: string) => string {
  return (audience) => {
    const key = createPrivateKey(readFileSync(join(data, `${clientId}.key.pem`)));
    const now = Math.floor(Date.now() / 1000);
    return sign({ iss: clientId, sub: clientId, aud: audience, iat: now, exp: now + 60, jti: randomUUID() }, key, { algorithm: "ES256" });
  };
}
