import type { Command } from "commander";
import { examples } from "./help";
import { given } from "./options";
import { answering, details, type Shown } from "./output";

interface CreateOptions {
  name?: string;
  id?: string;
}

/** The contract that knows programmes. */
const dialect = "weavr";

/** `polymint programme …` */
export function addProgramme(program: Command): void {
  const programme = program
    .command("programme")
    .description("programmes of the weavr contract: clients with an API key, identities and users");
  const create = programme
    .command("create")
    .description("register a programme; prints its programme_id and, this once, its api_key")
    .option("--name <name>", "what people call it")
    .option("--id <id>", "an id of your choice; a random one otherwise")
    .action(answering(createProgramme));
  examples(create, 'programme create --name "Acme Treasury"', "programme create --id acme --json");
  examples(programme, 'programme create --name "Acme Treasury"', "client list --dialect weavr", "client rotate-secret acme");
}

async function createProgramme({ name, id }: CreateOptions): Promise<Shown> {
  const { inSession } = await import("./session.js");
  const { registrar } = await import("./registrar.js");
  const { client, secret } = await inSession((session) => registrar(session)({ dialects: [dialect], ...given({ name, id }) }));
  const shown = { programme_id: client.id, api_key: secret?.value ?? "" };
  return {
    json: { programme_id: client.id, name: client.name, api_key: shown.api_key },
    text: `${details(shown)}\n\nKeep the api_key now: it is not shown again.`,
  };
}
