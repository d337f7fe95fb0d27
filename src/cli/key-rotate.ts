import { longestTokenSeconds, type SigningAlgorithm } from "../engine/client";
import { rotateSigningKey, type RotationResult } from "../keys/rotate";
import { ConflictError, NotFoundError } from "../store/database/errors";
import { formatKeyTable, rethrowSealError, toKeysJson } from "./key-output";
import type { CommandOutput } from "./output";
import type { CommandSession } from "./session";

interface RotateKeysOptions {
  alg?: SigningAlgorithm;
  now?: true;
}

const cachedWarning =
  "Servers that cache the key set refuse tokens of the new key until they fetch it again; without --now they have time to fetch it first.";

export async function rotateKeys({ alg, now }: RotateKeysOptions): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  return withSession((session) => rotateInSession(session, alg, now === true));
}

/** The change is patient because it may wait for another server's rotation. */
const rotation = {
  command: "key rotate",
  object: ({ kid, outcome }: RotationResult) => (outcome === "made" ? `key ${kid}` : undefined),
  patient: true,
} as const;

async function rotateInSession(session: CommandSession, alg: SigningAlgorithm | undefined, atOnce: boolean): Promise<CommandOutput> {
  const { makeSigningKeys } = await import("../store/signing-keys.js");
  const { auditChange } = await import("./audited.js");
  const { database, masterKey, newMasterKey, clock, config } = session;
  const store = makeSigningKeys(database);
  const before = await store.list();
  const algorithms = alg === undefined ? [...new Set(before.map(({ algorithm }) => algorithm))] : [alg];
  if (algorithms.length === 0)
    throw new NotFoundError("there are no keys yet; name an algorithm with --alg, or start the server, which makes them");
  const kids = new Set<string>();
  const warnings = atOnce ? [cachedWarning] : [];
  for (const algorithm of algorithms) {
    const leadSeconds = atOnce ? undefined : config.keyLeadSeconds;
    const request = { algorithm, now: Math.floor(clock() / 1000), leadSeconds, longestTokenSeconds, masterKey, newMasterKey };
    const rotated = await auditChange(session, rotation, (within) => rotateSigningKey(makeSigningKeys(within.database), request)).catch(
      rethrowSealError,
    );
    if (atOnce && rotated.outcome === "raced")
      throw new ConflictError(`another process rotated ${algorithm} at this moment, and its key counts; see \`polymint key list\``);
    kids.add(rotated.kid);
    warnings.push(...listWarnings(algorithm, rotated));
  }
  const keys = toKeysJson(await store.list(), clock()).filter(({ kid }) => kids.has(kid));
  return { json: { keys }, text: formatKeyTable(keys), warnings };
}

function listWarnings(algorithm: SigningAlgorithm, { outcome, overtakes }: RotationResult): string[] {
  if (overtakes) return [`A next ${algorithm} key was waiting already; the new one signs before it.`];
  if (outcome === "waiting") return [`A next ${algorithm} key was waiting already; no other was made.`];
  if (outcome === "raced") return [`Another process rotated ${algorithm} at this moment; its key is the next one, and no other was made.`];
  return [];
}
