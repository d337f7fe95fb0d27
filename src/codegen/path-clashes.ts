import { type Address, loadAddress, loadMapping } from "./address";
import { eraseNames } from "./path-rules";
import { isService, type SpecFile } from "./spec-files";
import { listOperations } from "./spec-rules";

/** Paths of the server's pages, which come first at every host (`src/pages`). */
export const pagePaths = ["/authorize", "/consent", "/device", "/login", "/logout"];

/** An operation of a spec. */
interface Operation {
  file: SpecFile;
  id: string;
  method: string;
  /** Its path, without the names of parameters. */
  form: string;
  /** Method and path. */
  where: string;
  place: string;
}

/** What the folders of contracts say. It is loaded when it is asked for, and once: this takes time, and seldom matters. */
interface Folders {
  addressOf: (file: SpecFile) => Promise<Address>;
  mappingOf: (file: SpecFile) => Promise<ReadonlyMap<string, string>>;
}

/**
 * Finds operations of which one would never be called: two with the same method and path, unless the policies of their contracts
 * give them different addresses or one is left out; and those of contracts at the path of a page. The start of the server
 * (`src/app/addresses.ts`) refuses the same, and knows the settings too.
 * @returns a sentence per fault, with the places of both
 */
export async function findPathClashes(root: string, files: readonly SpecFile[]): Promise<string[]> {
  const folders = makeFolders(root);
  const all = files.flatMap(listClaims);
  const clashes: string[] = [];
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(0, index)) {
      if (await isClash(one, other, all, folders))
        clashes.push(`${one.place}: ${one.where} is in ${other.place} too; ${describeCure(one, other)}`);
    }
    if (await clashesWithPage(one, folders))
      clashes.push(`${one.place}: ${one.where} is the address of a page of the server; ${describeCure(one, undefined)}`);
  }
  return clashes;
}

function makeFolders(root: string): Folders {
  return {
    addressOf: loadOnce((file) => loadAddress(root, file.name)),
    mappingOf: loadOnce((file) => loadMapping(root, file.name)),
  };
}

function loadOnce<Value>(load: (file: SpecFile) => Promise<Value>): (file: SpecFile) => Promise<Value> {
  const known = new Map<SpecFile, Promise<Value>>();
  return (file) => {
    const value = known.get(file) ?? load(file);
    known.set(file, value);
    return value;
  };
}

function listClaims(file: SpecFile): Operation[] {
  return listOperations(file.document).map(({ path, method, where, pointer, operation }) => ({
    ...{ file, id: String(operation.operationId), method, form: eraseNames(path), where },
    place: file.describePlace(pointer),
  }));
}

async function isClash(one: Operation, other: Operation, all: readonly Operation[], folders: Folders): Promise<boolean> {
  if (one.method !== other.method) return false;
  if (one.file === other.file) return one.form === other.form;
  if (!(await haveSameAddress(one, other, folders))) return false;
  return (await answersItself(one, all, folders)) && (await answersItself(other, all, folders));
}

async function haveSameAddress(one: Operation, other: Operation, { addressOf }: Folders): Promise<boolean> {
  const [shorter, longer] = one.form.length < other.form.length ? [one, other] : [other, one];
  // Only a prefix can make up for what the shorter path lacks.
  if (!longer.form.endsWith(shorter.form)) return false;
  const first = await addressOf(shorter.file);
  if (first.prefix === "" && shorter.form !== longer.form) return false;
  const second = await addressOf(longer.file);
  return first.host === second.host && first.prefix + shorter.form === second.prefix + longer.form;
}

/** An operation that is left out makes way, and one that names the service at this very path is that service's. */
async function answersItself(one: Operation, all: readonly Operation[], folders: Folders): Promise<boolean> {
  if (isService(one.file)) return true;
  const named = (await folders.mappingOf(one.file)).get(one.id);
  if (named === undefined || named === "left_out") return named === undefined;
  const { prefix } = await folders.addressOf(one.file);
  return !all.some(({ file, id, method, form }) => isService(file) && id === named && method === one.method && form === prefix + one.form);
}

async function clashesWithPage(one: Operation, { addressOf, mappingOf }: Folders): Promise<boolean> {
  if (isService(one.file) || !pagePaths.includes(one.form)) return false;
  return (await addressOf(one.file)).prefix === "" && (await mappingOf(one.file)).get(one.id) !== "left_out";
}

function describeCure(one: Operation, other: Operation | undefined): string {
  const contract = one.file === other?.file ? undefined : [one, other].find((each) => each !== undefined && !isService(each.file));
  if (contract === undefined) return "change one of the paths";
  const folder = `src/contracts/${contract.file.name}`;
  const address = `give the contract an address of its own: \`prefix: "/${contract.file.name}"\` in ${folder}/policy.ts`;
  if (other !== undefined && !isService(other.file)) return `change one of the paths, or ${address}`;
  const answer = other === undefined ? "left_out" : other.id;
  const mapping = `let the server's answer be the contract's: \`${contract.id}: "${answer}"\` among the operations of ${folder}/index.ts`;
  return `change the path, ${address}, or ${mapping}`;
}
