import { TsxMissingError } from "./require-wiring";

/** @returns why the contracts of a folder cannot be loaded, and what to do about it */
export function describeLoadFailure(error: unknown, folder: string): string {
  if (error instanceof TsxMissingError)
    return `${error.message}; install what loads it: (cd ${folder} && npm install --save-dev tsx), or compile the folder with tsc`;
  if (!(error instanceof Error)) return `a module of it throws ${String(error)}`;
  // Node adds a list of the files that led to a missing module.
  const [message = ""] = error.message.split("\nRequire stack:");
  const place = findPlace(error, folder);
  const where = place === undefined || message.includes(place) ? "" : `, at ${place}`;
  return `${error.name}: ${message.trim()}${where}${findCure(error, folder)}`;
}

function findCure(error: NodeJS.ErrnoException, folder: string): string {
  if (error.code === "ERR_REQUIRE_ESM" || error.message.includes("ES module scope"))
    return '; contracts are CommonJS modules: their package.json must not say "type": "module"';
  if (error.code !== "MODULE_NOT_FOUND") return "";
  if (/^Cannot find module '\.{1,2}\//.test(error.message)) return "; every file in openapi/ needs a folder in src/contracts/";
  return `; install it: (cd ${folder} && npm install)`;
}

/** @returns the innermost file of the folder in the stack, with its line */
function findPlace({ stack = "" }: Error, folder: string): string | undefined {
  const line = stack.split("\n").find((each) => each.includes(`${folder}/`));
  return line?.slice(line.indexOf(`${folder}/`)).replace(/\)$/, "");
}
