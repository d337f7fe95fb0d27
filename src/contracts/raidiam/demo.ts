import type { Demo } from "../kit";

export const demo: Demo = {
  client: { id: "demo-raidiam", name: "Demo client of the raidiam contract", scopes: ["directory:software"] },
  request: ({ issuer, assertion }) => ({
    path: "/token",
    form: {
      grant_type: "client_credentials",
      scope: "directory:software",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion(issuer),
    },
  }),
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
