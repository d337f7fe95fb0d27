/** Sums up what V8's profilers count, by module. */

/** A function in a tree of calls, as all profiles of V8 have it (Chrome DevTools Protocol). */
export interface CallNode {
  id: number;
  callFrame: { functionName: string; url: string };
  /** Ids. */
  children?: readonly number[];
}

/** Where an amount was counted. */
export interface Place {
  module: string;
  /** The function that ran. */
  name: string;
}

/** What a module has of the whole. */
export interface ModuleShare {
  module: string;
  amount: number;
  /** The same by function, the largest first. */
  functions: readonly (readonly [name: string, amount: number])[];
}

/**
 * Says where each node of a profile belongs: Node's own functions belong to the module that called them, if there is one.
 * @param nodes the root first
 * @returns by the node's id
 */
export function placeNodes(nodes: readonly CallNode[]): ReadonlyMap<number, Place> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const places = new Map<number, Place>();
  const waiting: [node: CallNode | undefined, caller: string | undefined][] = [[nodes[0], undefined]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [node, caller] = next;
    if (node === undefined) continue;
    const { functionName, url } = node.callFrame;
    const own = nameModule(url) ?? caller;
    const name = functionName === "" ? "(anonymous)" : functionName;
    places.set(node.id, { module: own ?? (url === "" ? name : url), name });
    for (const child of node.children ?? []) waiting.push([byId.get(child), own]);
  }
  return places;
}

/** @returns the package, or the file below the build's folder; undefined for Node's own code */
function nameModule(url: string): string | undefined {
  if (!/^(?:file:|\/)/.test(url)) return undefined;
  const [, inPackage] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  return inPackage ?? url.replace(/^.*\/dist\//, "").replace(/\.js$/, "");
}

/** Adds up amounts. @returns the largest first */
export function sumByModule(amounts: Iterable<readonly [Place, number]>): ModuleShare[] {
  const sums = new Map<string, Map<string, number>>();
  for (const [{ module, name }, amount] of amounts) {
    const functions = sums.get(module) ?? new Map<string, number>();
    sums.set(module, functions);
    functions.set(name, (functions.get(name) ?? 0) + amount);
  }
  const modules = [...sums].map(([module, functions]) => ({
    module,
    amount: [...functions.values()].reduce((sum, amount) => sum + amount, 0),
    functions: [...functions].sort(([, a], [, b]) => b - a),
  }));
  return modules.sort((a, b) => b.amount - a.amount);
}

/**
 * Rows of a table: module, the functions with most, amount.
 * @param top modules with a row of their own; the others share one
 */
export function renderShares(modules: readonly ModuleShare[], top: number, renderAmount: (amount: number) => string): string[][] {
  const rest = modules.slice(top);
  const rows = modules
    .slice(0, top)
    .map(({ module, functions, amount }) => [module, renderFunctions(functions, renderAmount), renderAmount(amount)]);
  return [...rows, [`${rest.length} other modules`, "", renderAmount(rest.reduce((sum, { amount }) => sum + amount, 0))]];
}

function renderFunctions(functions: ModuleShare["functions"], renderAmount: (amount: number) => string): string {
  return functions
    .slice(0, 3)
    .map(([name, amount]) => `${name} ${renderAmount(amount)}`)
    .join(", ");
}
