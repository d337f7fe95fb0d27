import { createReadStream } from "node:fs";
import { text } from "node:stream/consumers";
import { secretSettings } from "../config";
import { ConfigurationError, Reader } from "../config/reader";
import { reencryptSigningKeys, type ReencryptionResult } from "../keys/reencrypt";
import { UnsealError } from "../keys/signing-key";
import { replaceLocalMasterKey } from "../secrets/secrets-file";
import { CommandError } from "./errors";
import type { CommandOutput } from "./output";
import type { CommandSession } from "./session";

const newKeyVariable = "POLYMINT_NEW_MASTER_KEY";

export async function reencryptKeys({ newKeyFile }: { newKeyFile?: string }): Promise<CommandOutput> {
  const newKey = readNewKey(newKeyFile === undefined ? process.env : { [newKeyVariable]: await readKeyFile(newKeyFile) });
  const { withSession } = await import("./session.js");
  return withSession((session) => reencryptInSession(session, newKey));
}

async function reencryptInSession(session: CommandSession, newKey: Buffer): Promise<CommandOutput> {
  const { masterKey, config, folder } = session;
  if (newKey.equals(masterKey))
    throw new CommandError("usage", "the new master key is the one in use; make another with: openssl rand -base64 32");
  const { makeSigningKeys } = await import("../store/signing-keys.js");
  const { auditChange } = await import("./audited.js");
  const change = {
    command: "key reencrypt",
    object: (result: ReencryptionResult) => (result.keys === 0 ? undefined : `${result.keys} keys`),
  };
  const work = ({ database }: CommandSession): Promise<ReencryptionResult> =>
    reencryptSigningKeys(makeSigningKeys(database), masterKey, newKey);
  const { keys, already } = await auditChange(session, change, work).catch(rethrowKeyError);
  const isLocal = config.masterKey === undefined;
  if (isLocal) replaceLocalMasterKey(folder, newKey);
  const where = isLocal ? "The data folder keeps it from now on." : "Set POLYMINT_MASTER_KEY to it everywhere from now on.";
  return {
    json: { reencrypted: keys, already_reencrypted: already },
    text: `${keys} ${keys === 1 ? "key is" : "keys are"} sealed under the new master key${already > 0 ? `, and ${already} had been before` : ""}. ${where}`,
    warnings: [
      "Servers that have both master keys work on. Servers that have only the old one work on from memory, but cannot start a new worker: restart them with the new one before you rotate or withdraw a key.",
    ],
  };
}

function rethrowKeyError(thrown: unknown): never {
  if (!(thrown instanceof UnsealError)) throw thrown;
  throw new ConfigurationError([
    `signing key ${thrown.kid} does not open under POLYMINT_MASTER_KEY, which must be the old one; nothing was changed`,
  ]);
}

/** @throws ConfigurationError, whose message does not repeat the value */
function readNewKey(environment: Readonly<Record<string, string | undefined>>): Buffer {
  const read = new Reader(environment, secretSettings);
  const key = read.key(newKeyVariable);
  if (key !== undefined) return key;
  throw new ConfigurationError(read.faults.length > 0 ? read.faults : [`${newKeyVariable} is required, or --new-key-file`]);
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await text(path === "-" ? process.stdin : createReadStream(path, { end: 1024 }));
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "no reason given";
    throw new CommandError("usage", `the file of the new master key cannot be read (${reason})`, error);
  }
}
