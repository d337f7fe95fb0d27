import { type Demo, quoteForShell } from "../demo";

/** An assertion is valid once, so the command makes a new one each time it is pasted. */
export const demo: Demo = {
  client: { id: "demo-raidiam", name: "Demo client of the raidiam contract", scopes: ["directory:software"] },
  curl: ({ url, issuer, clientId, polymint, keyFile }) =>
    [
      `curl -sS ${url}/token`,
      "-d grant_type=client_credentials",
      "-d scope=directory:software",
      "-d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      `-d "client_assertion=$(${polymint} assertion --client-id ${clientId} --key ${quoteForShell(keyFile)} --audience ${issuer})"`,
    ].join(" \\\n  "),
  withPerson: {
    title: "a device",
    client: {
      id: "demo-raidiam-device",
      name: "Demo device of the raidiam contract",
      scopes: ["directory:software"],
      authMethods: ["none"],
      grants: ["device_code"],
    },
    steps: ({ url, clientId, person }) =>
      [
        `curl -sS ${url}/device_authorization -d client_id=${clientId}`,
        `# open its verification_uri_complete, log in as ${person.email} with ${person.password}, approve; then`,
        `curl -sS ${url}/token -d grant_type=urn:ietf:params:oauth:grant-type:device_code -d client_id=${clientId} -d device_code=DEVICE_CODE`,
      ].join("\n"),
  },
};
