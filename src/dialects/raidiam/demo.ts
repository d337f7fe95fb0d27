import type { Demo } from "../demo";
import { shellQuoted } from "../shell-quoted";

/** An assertion serves once, so the command makes a fresh one each time it is pasted. */
export const demo: Demo = {
  client: { id: "demo-raidiam", name: "Demo client of the raidiam contract", scopes: ["directory:software"] },
  curl: ({ url, issuer, clientId, polymint, keyFile }) =>
    [
      `curl -sS ${url}/token`,
      "-d grant_type=client_credentials",
      "-d scope=directory:software",
      "-d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      `-d "client_assertion=$(${polymint} assertion --client-id ${clientId} --key ${shellQuoted(keyFile)} --audience ${issuer})"`,
    ].join(" \\\n  "),
};
