import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ConfigurationError } from "../config/reader";
import { findTakenNames } from "../contracts/registry";
import { isWiredHere, type WiredContract } from "../contracts/wire";
import { describeLoadFailure } from "./load-failure";
import { findLaterSource, findWiring } from "./find-wiring";
import { requireWiring } from "./require-wiring";

/**
 * Loads the contracts of another folder, which has the layout of this checkout: `openapi/`, `generated/`, `src/contracts/`.
 * @param folder an absolute path; undefined for none
 * @param warn gets what a person should know of contracts that are served all the same
 * @returns the contracts of that folder alone
 * @throws ConfigurationError that names the folder, the fault and the cure
 */
export function loadContracts(folder: string | undefined, warn?: (warning: string) => void): readonly WiredContract[] {
  if (folder === undefined) return [];
  const fail = (fault: string, cause?: unknown): never => {
    throw Object.assign(new ConfigurationError([`The contracts of ${folder} cannot be served: ${fault}`]), { cause });
  };
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    return fail("there is no such folder; CONTRACTS_FOLDER, or serve --contracts, names the folder that openapi/ and generated/ are in");
  const versions = findOtherVersion(folder);
  if (versions !== undefined)
    return fail(
      `they are for polymint ${versions.theirs}, and this is ${versions.ours}; run there: npm install --save-dev polymint@${versions.ours} && npx polymint codegen`,
    );
  const file = findWiring(folder);
  if (file === undefined) return fail(`there is no generated/wiring.ts; make it with: npx polymint codegen --root ${folder}`);
  const open = [folder, dirname(file), file].find(mayOthersWrite);
  if (open !== undefined)
    return fail(`any user of this machine may change ${open}, and with it what the server runs; run: chmod o-w ${open}`);
  const later = warn !== undefined && file.startsWith(join(folder, "dist")) ? findLaterSource(folder) : undefined;
  if (later !== undefined)
    warn?.(`${join(folder, "dist")} is older than ${later}, and is served: compile it with \`npx tsc\`, or remove it to serve the sources`);
  const wiring = (() => {
    try {
      return requireWiring(folder, file);
    } catch (error) {
      return fail(describeLoadFailure(error, folder), error);
    }
  })();
  if (!Array.isArray(wiring) || !wiring.every(isWiredHere))
    return fail(
      `${file} does not export the contracts that polymint codegen wires through polymint/contract; run: npx polymint codegen --root ${folder}, and compile again what is compiled`,
    );
  const taken = findTakenNames(wiring);
  if (taken.length > 0) return fail(`there is a contract ${taken.join(", ")} already; rename its file in openapi/ and its folder`);
  return wiring;
}

/** A group may write, because some systems give each user a group of their own. Windows has no such modes. */
function mayOthersWrite(path: string): boolean {
  return process.platform !== "win32" && (statSync(path).mode & 0o002) !== 0;
}

/** @returns the versions of Polymint that the folder has installed and that runs, if contracts for one are none for the other */
function findOtherVersion(folder: string): { theirs: string; ours: string } | undefined {
  const [theirs, ours] = [readVersion(join(folder, "package.json")), readVersion(__filename)];
  if (theirs === undefined || ours === undefined) return undefined;
  return toCompatible(theirs) === toCompatible(ours) ? undefined : { theirs, ours };
}

function readVersion(from: string): string | undefined {
  try {
    return (createRequire(from)("polymint/package.json") as { version: string }).version;
  } catch {
    // Not installed: then nothing says which version the contracts are for.
    return undefined;
  }
}

/** Before 1.0.0, a minor version may break what was (Semantic Versioning 2.0.0 §4). */
function toCompatible(version: string): string {
  const [major = "", minor = ""] = version.split(".");
  return major === "0" ? `0.${minor}` : major;
}
