/** The demo clients of a server, read from its data folder. */
import { createPrivateKey, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sign } from "jsonwebtoken";
import { type TokenServer, contractNames } from "../../../harness/token-requests";

interface DemoFile {
  secrets: Readonly<Record<string, string>>;
  user: { email: string; password: string; identityId: string };
}

/**
 * Reads the clients that `serve --demo` made, for requests to any server on its database.
 * @param data the data folder of the server that made them
 */
export function demoClients(data: string, issuer: string): Omit<TokenServer, "url"> {
  const { secrets, user } = JSON.parse(readFileSync(join(data, "demo.json"), "utf8")) as DemoFile;
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

/** Only some of the clients have a key, which is read when it is needed. */
function assertionsOf(data: string, clientId: string): (audience: string) => string {
  return (audience) => {
    const key = createPrivateKey(readFileSync(join(data, `${clientId}.key.pem`)));
    const now = Math.floor(Date.now() / 1000);
    return sign({ iss: clientId, sub: clientId, aud: audience, iat: now, exp: now + 60, jti: randomUUID() }, key, { algorithm: "ES256" });
  };
}
