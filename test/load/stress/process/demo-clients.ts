/** The demo clients of a server, read from its data folder. */
import { createPrivateKey, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sign } from "jsonwebtoken";
import { type TokenServer, contractNames } from "../../../harness/token-requests";

interface DemoFile {
  secrets: Readonly<Record<string, string>>;
  user: { email: string; password: string; identityId: string };
  person: { email: string; password: string };
}

/**
 * Reads the clients that `serve --demo` made, for requests to any server on its database.
 * @param data the data folder of the server that made them
 * @param assertionSeconds how long their assertions are valid
 */
export function demoClients(data: string, issuer: string, assertionSeconds = 60): Omit<TokenServer, "url"> {
  const { secrets, user } = readDemoFile(data);
  const clients = contractNames.map((contract) => {
    const clientId = `demo-${contract}`;
    return [contract, { clientId, secret: secrets[clientId] ?? "", assertion: assertionsOf(data, clientId, assertionSeconds) }];
  });
  const { email, password, identityId } = user;
  return {
    clients: Object.fromEntries(clients) as TokenServer["clients"],
    user: { id: "", email, password, identities: [{ type: "CORPORATE", id: identityId }] },
    issuer,
  };
}

/** Reads the person that `serve --demo` made, who logs in at the pages. */
export function demoPerson(data: string): DemoFile["person"] {
  return readDemoFile(data).person;
}

function readDemoFile(data: string): DemoFile {
  return JSON.parse(readFileSync(join(data, "demo.json"), "utf8")) as DemoFile;
}

/** Only some of the clients have a key, which is read when it is needed. */
function assertionsOf(data: string, clientId: string, seconds: number): (audience: string) => string {
  return (audience) => {
    const key = createPrivateKey(readFileSync(join(data, `${clientId}.key.pem`)));
    const now = Math.floor(Date.now() / 1000);
    return sign({ iss: clientId, sub: clientId, aud: audience, iat: now, exp: now + seconds, jti: randomUUID() }, key, {
      algorithm: "ES256",
    });
  };
}
