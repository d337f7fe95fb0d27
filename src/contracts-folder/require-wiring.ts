import Module, { createRequire } from "node:module";
import { join } from "node:path";
import type * as Tsx from "tsx/cjs/api";

const requireOwn = createRequire(__filename);

/** TypeScript is to be loaded, and there is nothing that loads it. */
export class TsxMissingError extends Error {
  constructor(readonly file: string) {
    super(`${file} is TypeScript`);
    this.name = "TsxMissingError";
  }
}

/**
 * Loads the module that exports the folder's contracts, and all that it imports.
 * @returns its `wiring`, which may be anything
 * @throws TsxMissingError, and whatever the contracts themselves throw
 */
export function requireWiring(folder: string, file: string): unknown {
  const end = [file.endsWith(".ts") ? startTypeScript(folder, file) : undefined, leadToThisCopy()];
  try {
    return (requireOwn(file) as { wiring?: unknown }).wiring;
  } finally {
    for (const each of end.reverse()) each?.();
  }
}

/**
 * Lets TypeScript be loaded until the returned function is called.
 * @returns undefined if this process loads TypeScript anyway, because Polymint itself runs from its sources
 */
function startTypeScript(folder: string, file: string): (() => void) | undefined {
  if (__filename.endsWith(".ts")) return undefined;
  const { register } = findTsx([join(folder, "package.json"), __filename], file);
  return register();
}

/** There is no tsx, or one from before it could be called (4.0). */
const lackCodes = ["MODULE_NOT_FOUND", "ERR_PACKAGE_PATH_NOT_EXPORTED"];

/** The folder's own tsx comes first: its version is the one that the folder was written with. */
function findTsx([from, ...others]: readonly string[], file: string): typeof Tsx {
  if (from === undefined) throw new TsxMissingError(file);
  try {
    return createRequire(from)("tsx/cjs/api") as typeof Tsx;
  } catch (error) {
    if (!lackCodes.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return findTsx(others, file);
  }
}

interface FileNameResolver {
  _resolveFilename: (request: string, ...others: unknown[]) => string;
}

/**
 * Lets `polymint/contract` lead to this copy of Polymint until the returned function is called, whichever copy the folder has
 * installed, if any. Node has no public hook for `require` before version 22.15 (`module.registerHooks`).
 */
function leadToThisCopy(): () => void {
  const kit = requireOwn.resolve("../contracts/kit");
  const resolver = Module as unknown as FileNameResolver;
  const { _resolveFilename: usual } = resolver;
  resolver._resolveFilename = (request, ...others) => (request === "polymint/contract" ? kit : usual.call(resolver, request, ...others));
  return () => {
    resolver._resolveFilename = usual;
  };
}
