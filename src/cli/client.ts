import type { Command } from "commander";
import type { Client } from "../engine/client";
import type { RegisteredClient } from "../registration/registration";
import type { ClientAdmin } from "../store/clients/admin";
import { ConflictError } from "../store/database/errors";
import { addClientDelete } from "./client-delete";
import { addClientOptions, type ClientOptionValues, readRegistration } from "./client-options";
import { addClientUpdate } from "./client-update";
import { formatClient, formatClients, formatRegistered } from "./client-output";
import { addExamples, type CommandOutput, formatDetails, formatTimeOrNull, makeAction } from "./output";
import { makeChoiceParser, makeNumberParser, omitUndefined } from "./options";
import { addPageOptions, formatPage, type PageOptions, readPage } from "./paging";
import type { CommandSession } from "./session";

type ClientStatus = Client["status"];

/** `polymint client …` */
export function addClient(program: Command): void {
  const client = program.command("client").description("clients: who may ask for tokens");
  addCreate(client);
  addClientUpdate(client);
  addListAndShow(client);
  addStatus(client, "disable", "disabled", "no tokens, old or new, until enabled again; running servers follow within two seconds");
  addStatus(client, "enable", "active", "issue tokens to a disabled client again, and accept its old ones");
  addRotate(client);
  addClientDelete(client);
  addExamples(client, 'client create --contract abbeycross --scope "accounts payments"', "client list", "client rotate-secret acme");
}

function addCreate(client: Command): void {
  const command = client
    .command("create")
    .description("register a client; prints its client_id and, this once, its client_secret (a programme's api_key)");
  addClientOptions(command).action(makeAction(createClient));
  addExamples(
    command,
    'client create --contract abbeycross --name "Acme" --scope "accounts payments"',
    "client create --contract raidiam --id acme --scope directory:software --jwks acme.jwks.json",
    "client create --contract raidiam --jwks https://acme.example/jwks.json --assertion-alg PS256",
    'client create --contract raidiam --id acme --tls-subject-dn "CN=acme,O=Acme Ltd,C=GB"',
    "client create --contract raidiam --jwks acme.jwks.json --certificate-bound-tokens",
    'client create --contract firstvision --scope "edit view" --claim firstVisionId=00000AUNAB --lifetime 600',
    "client create --contract screening-eagle --scope inspect --claim userID=1302 --claim userRegion=SG --json",
    'client create --contract screening-eagle --scope "openid email offline" --redirect-uri https://app.example/callback',
    "client create --contract screening-eagle --scope openid --redirect-uri https://app.example/callback --id-token-alg ES256",
    "client create --contract abbeycross --origin https://app.example --origin http://localhost:3000",
    "client create --service introspection",
  );
}

function addListAndShow(client: Command): void {
  const list = client
    .command("list")
    .description("clients, by id")
    .option("--contract <contract>", "that may use this contract")
    .option("--status <status>", "active or disabled", makeChoiceParser<ClientStatus>(["active", "disabled"]))
    .option("--search <text>", "with this in the id or the name, in any case");
  addPageOptions(list).action(makeAction(listClients));
  addExamples(
    list,
    "client list",
    "client list --limit 1000 --after acme",
    "client list --contract weavr --status disabled",
    "client list --search acme",
    "client list --json",
  );
  const show = client
    .command("show")
    .description("everything on a client but its secrets")
    .argument("<id>", "the client")
    .action(makeAction(showClient));
  addExamples(show, "client show acme", "client show acme --json");
}

function addStatus(client: Command, name: string, status: ClientStatus, description: string): void {
  const command = client
    .command(name)
    .description(description)
    .argument("<id>", "the client")
    .action(makeAction((id: string) => setStatus(id, status)));
  addExamples(command, `client ${name} acme`, `client ${name} acme --json`);
}

function addRotate(client: Command): void {
  const command = client
    .command("rotate-secret")
    .description("make a new client_secret or api_key and print it, this once; the old one lives on for a while")
    .argument("<id>", "the client")
    .option("--keep-old <seconds>", "seconds the old one stays good; 0 ends it at once", makeNumberParser(0, 365 * 86_400), 86_400)
    .action(makeAction(rotateSecret));
  addExamples(
    command,
    "client rotate-secret acme",
    "client rotate-secret acme --keep-old 0",
    "client rotate-secret acme --keep-old 3600 --json",
  );
}

async function createClient(options: ClientOptionValues): Promise<CommandOutput> {
  const registration = readRegistration(options);
  const { runAuditedChange } = await import("./audited.js");
  const { registerClient } = await import("./register.js");
  const change = { command: "client create", object: (made: RegisteredClient) => `client ${made.client.id}` };
  return formatRegistered(await runAuditedChange(change, (session) => registerClient(session, registration)));
}

async function changeClient<T>(verb: string, id: string, work: (admin: ClientAdmin, session: CommandSession) => Promise<T>): Promise<T> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeClientAdmin } = await import("../store/clients/admin.js");
  return runAuditedChange({ command: `client ${verb}`, object: `client ${id}` }, (session) =>
    work(makeClientAdmin(session.database), session),
  );
}

async function withAdmin<T>(work: (admin: ClientAdmin, session: CommandSession) => Promise<T>): Promise<T> {
  const { withSession } = await import("./session.js");
  const { makeClientAdmin } = await import("../store/clients/admin.js");
  return withSession((session) => work(makeClientAdmin(session.database), session));
}

interface ListClientsOptions extends PageOptions {
  contract?: string;
  status?: ClientStatus;
  search?: string;
}

async function listClients({ contract, status, search, ...options }: ListClientsOptions): Promise<CommandOutput> {
  const { requireContract } = await import("./session.js");
  return withAdmin(async (admin, session) => {
    requireContract(contract, session);
    const filter = omitUndefined({ contract, status, search });
    const { rows, next } = await readPage(
      options,
      (request) => admin.list({ ...filter, ...request }, session.clock()),
      ({ id }) => id,
    );
    return formatPage(formatClients(rows), next);
  });
}

function showClient(id: string): Promise<CommandOutput> {
  return withAdmin(async (admin, { clock }) => formatClient(await admin.show(id, clock())));
}

async function setStatus(id: string, status: ClientStatus): Promise<CommandOutput> {
  await changeClient(status === "active" ? "enable" : "disable", id, (admin, { clock }) => admin.setStatus(id, status, clock()));
  return { json: { client_id: id, status }, text: `Client ${id} is ${status}. Running servers follow within two seconds.` };
}

async function rotateSecret(id: string, { keepOld }: { keepOld: number }): Promise<CommandOutput> {
  const { chooseSecretKind } = await import("../registration/register.js");
  const { makeSecret } = await import("../secrets/secret.js");
  return changeClient("rotate-secret", id, async (admin, { clock, digest }) => {
    const kind = chooseSecretKind((await admin.show(id, clock())).authMethods);
    if (kind === undefined) throw new ConflictError(`client ${id} authenticates without a secret, so there is none to rotate`);
    const secret = makeSecret(kind);
    await admin.rotateSecret(id, digest(secret), clock(), { keepOldSeconds: keepOld });
    const [, old] = (await admin.show(id, clock())).secrets;
    const until = formatTimeOrNull(old?.expiresAt);
    const after = until === null ? "The old one is no longer good." : `The old one is good until ${until}.`;
    const text = `${formatDetails({ client_id: id, [kind]: secret })}\n\nKeep the ${kind} now: it is not shown again. ${after}`;
    return { json: { client_id: id, [kind]: secret, old_expires_at: until }, text };
  });
}
