import type { Demo } from "../demo";
import { shellQuoted } from "../shell-quoted";

export const demo: Demo = {
  client: {
    id: "demo-screening-eagle",
    name: "Demo client of the screening-eagle contract",
    scopes: ["inspect", "email", "profile"],
    claims: { userID: 1302, userRegion: "SG", scopes: ["user"] },
  },
  curl: ({ url, clientId, secret }) =>
    [
      `curl -sS ${url}/api/id/v1/auth/token`,
      `-u ${shellQuoted(`${clientId}:${secret}`)}`,
      "-d grant_type=client_credentials",
      "--data-urlencode 'scope=inspect email profile'",
    ].join(" \\\n  "),
};
