import { isDeepStrictEqual } from "node:util";
import type { Command } from "commander";
import type { ClientChange, UpdatedClient } from "../registration/update";
import { addClientOptions, type ClientOptionValues, readFields } from "./client-options";
import { toClientJson, warnOfOrigins } from "./client-output";
import { CommandError } from "./errors";
import { addExamples, type CommandOutput, makeAction } from "./output";

/** Options that take something away from a client, by the attribute that commander then sets to false. */
const removals: readonly { flag: string; attribute: string; description: string; change: ClientChange }[] = [
  { flag: "--no-service", attribute: "service", description: "no supporting API", change: { services: [] } },
  { flag: "--no-scope", attribute: "scope", description: "no scope", change: { scopes: [] } },
  { flag: "--no-jwks", attribute: "jwks", description: "no public keys", change: { jwks: null, jwksUri: null } },
  { flag: "--no-redirect-uri", attribute: "redirectUri", description: "no redirect URI", change: { redirectUris: [] } },
  { flag: "--no-origin", attribute: "origin", description: "no web pages", change: { origins: [] } },
  { flag: "--no-claim", attribute: "claim", description: "no claim of its own", change: { claims: {} } },
  { flag: "--no-lifetime", attribute: "lifetime", description: "its contract's lifetime", change: { lifetimeSeconds: null } },
  {
    flag: "--no-id-token-alg",
    attribute: "idTokenAlg",
    description: "sign its id_tokens as its access tokens, or issue none",
    change: { idTokenAlgorithm: null },
  },
  { flag: "--no-tls-subject", attribute: "tlsSubject", description: "no subject of a certificate", change: { tlsSubject: null } },
  {
    flag: "--no-certificate-bound-tokens",
    attribute: "certificateBoundTokens",
    description: "bind its tokens to no certificate",
    change: { certificateBoundTokens: false },
  },
];

/** `polymint client update` */
export function addClientUpdate(client: Command): void {
  const command = client
    .command("update")
    .description(
      "change a client: each option replaces all values of what it names, the rest stays; running servers follow within two seconds",
    )
    .argument("<id>", "the client");
  addClientOptions(command, ["id"]);
  for (const { flag, description } of removals) command.option(flag, description);
  command.action(makeAction(updateClient));
  addExamples(
    command,
    'client update acme --name "Acme Ltd" --scope "accounts payments"',
    "client update acme --origin https://app.example --origin http://localhost:3000",
    "client update acme --no-origin --no-lifetime",
    "client update acme --jwks https://acme.example/jwks.json --json",
    "client update app --redirect-uri https://app.example/callback --grant authorization_code --grant refresh_token",
  );
}

async function updateClient(id: string, options: ClientOptionValues): Promise<CommandOutput> {
  const change = readChange(options);
  if (Object.keys(change).length === 0)
    throw new CommandError("usage", "name at least one thing to change; `polymint client update --help` lists them");
  const { runAuditedChange } = await import("./audited.js");
  const { updateRegistered } = await import("./register.js");
  const object = ({ isChanged }: UpdatedClient): string | undefined => (isChanged ? `client ${id}` : undefined);
  return formatUpdated(await runAuditedChange({ command: "client update", object }, (session) => updateRegistered(session, id, change)));
}

function readChange(values: ClientOptionValues): ClientChange {
  const removed = removals.filter(({ attribute }) => values[attribute] === false).map(({ change }) => change);
  const given = readFields(values);
  // A set of keys takes the place of the other's address, and the other way round.
  const keys = "jwks" in given ? { jwksUri: null } : "jwksUri" in given ? { jwks: null } : {};
  return Object.assign({}, ...removed, keys, given) as ClientChange;
}

function formatUpdated({ before, client, isChanged, leftOutKeys }: UpdatedClient): CommandOutput {
  const [old, json] = [toClientJson(before), toClientJson(client)];
  const changed = Object.entries(json).flatMap(([name, value]) =>
    name === "updated_at" || isDeepStrictEqual(value, old[name as keyof typeof old]) ? [] : [name],
  );
  const warnings = [
    ...leftOutKeys.map((sentence) => `left out of the JWKS: ${sentence}`),
    ...(changed.includes("origins") ? warnOfOrigins(client) : []),
  ];
  const text = isChanged
    ? `Client ${client.id} is changed: ${changed.join(", ")}. Running servers follow within two seconds. Tokens that it has stay as they are.`
    : `Client ${client.id} is so already; nothing was changed.`;
  return { json: { ...json, changed }, text, warnings };
}
