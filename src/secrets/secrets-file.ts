import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createDataFile, readDataJson, replaceDataFile } from "../data-folder/files";
import { refuseSharedFolder } from "../data-folder/shared-folder";

/** Secrets that must not be lost: without the pepper no client secret can be checked, without the master key no token signed. */
export interface ServerSecrets {
  pepper: Buffer;
  masterKey: Buffer;
}

const fileName = "secrets.json";

/** @returns the secrets of the data folder, or undefined if it has none */
export function readLocalSecrets(folder: string): ServerSecrets | undefined {
  refuseSharedFolder(folder);
  const stored = readDataJson(join(folder, fileName)) as { pepper: string; masterKey: string } | undefined;
  if (stored === undefined) return undefined;
  return { pepper: Buffer.from(stored.pepper, "base64"), masterKey: Buffer.from(stored.masterKey, "base64") };
}

/**
 * Makes secrets and writes them to the data folder, readable by this user only.
 * @returns them, or those of another process that wrote the file first
 */
export function createLocalSecrets(folder: string): ServerSecrets {
  refuseSharedFolder(folder);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const secrets = { pepper: randomBytes(32).toString("base64"), masterKey: randomBytes(32).toString("base64") };
  createDataFile(join(folder, fileName), `${JSON.stringify(secrets, null, 2)}\n`);
  const kept = readLocalSecrets(folder);
  if (kept === undefined) throw new Error(`${join(folder, fileName)} disappeared as soon as it was written.`);
  return kept;
}

/** Replaces the master key in the data folder, if the folder has one. */
export function replaceLocalMasterKey(folder: string, masterKey: Buffer): void {
  const kept = readLocalSecrets(folder);
  if (kept === undefined) return;
  const secrets = { pepper: kept.pepper.toString("base64"), masterKey: masterKey.toString("base64") };
  replaceDataFile(join(folder, fileName), `${JSON.stringify(secrets, null, 2)}\n`);
}

/** A value by which two servers can compare their peppers without revealing them. */
export function fingerprintPepper(pepper: Buffer): string {
  return createHmac("sha256", pepper).update("polymint pepper fingerprint").digest("base64url");
}
