import type { Command } from "commander";
import type { TestPolymint } from "../testkit";
import { makeNumberParser, omitUndefined } from "./options";
import { watchStarter } from "./starter";

interface StartOptions {
  port?: number;
  issuer?: string;
}

/** Milliseconds between two looks whether the program that started this one is still there. */
const starterMs = 500;

/** `polymint sandbox` without a further word */
export function addSandboxStart(sandbox: Command): void {
  sandbox
    .option("--port <n>", "start a server for a test, at this port or, with 0, a free one", makeNumberParser(0, 65_535))
    .option("--issuer <url>", "its issuer; its own URL otherwise")
    .action(async (options: StartOptions, command: Command) => {
      if (options.port === undefined) return command.help({ error: true });
      await runServer(options, command.optsWithGlobals<{ json?: boolean }>().json === true);
    })
    .addHelpText(
      "after",
      `
With --port it starts a server with the sandbox on a database of its own, and removes both at a signal, or when the program that started it ends. With
--json it prints one line: url, issuer, the clients with their secrets, a person and a user. So a test in any language can start it.`,
    );
}

async function runServer(options: StartOptions, asJson: boolean): Promise<void> {
  const hasStarter = watchStarter();
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
    setInterval(() => hasStarter() || resolve(), starterMs).unref();
  });
  const { loadContracts } = await import("../contracts-folder/index.js");
  const { readContractsFolder } = await import("../config/index.js");
  const { startPolymint } = await import("../testkit/index.js");
  const wiring = loadContracts(readContractsFolder(process.env));
  const polymint = await startPolymint({ ...omitUndefined(options), clock: "real", sandbox: true, frontDoor: {}, wiring });
  polymint.server.ref();
  const facts = describeServer(polymint);
  process.stdout.write(asJson ? `${JSON.stringify(facts)}\n` : formatFacts(facts));
  await ended;
  await polymint.stop();
}

type Facts = ReturnType<typeof describeServer>;

function describeServer({ url, issuer, clients, person, user }: TestPolymint) {
  const listed = Object.entries(clients).flatMap(([contract, client]) => {
    if (client === undefined) return [];
    const { clientId, secret, privateKey } = client;
    return [
      [
        contract,
        { client_id: clientId, ...(secret === "" ? { private_key: privateKey, kid: "test" } : { client_secret: secret }) },
      ] as const,
    ];
  });
  const [identity] = user.identities;
  return {
    ...{ url, issuer, pid: process.pid, clients: Object.fromEntries(listed) },
    person: { email: person.email, password: person.password },
    user: { email: user.email, password: user.password, identity },
  };
}

function formatFacts({ url, clients }: Facts): string {
  const lines = Object.entries(clients).map(([contract, client]) => `  ${contract}: ${JSON.stringify(client)}`);
  return `Polymint's sandbox is at ${url}; Ctrl-C ends it and removes its database.\n${lines.join("\n")}\n`;
}
