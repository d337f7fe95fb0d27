/** Sums up a CPU profile of V8. */

/** As much of a `.cpuprofile` as is used here (Chrome DevTools Protocol, `Profiler.Profile`). Times are microseconds. */
export interface CpuProfile {
  nodes: readonly ProfileNode[];
  /** Of the monotonic clock. */
  startTime: number;
  /** The node of each sample. */
  samples: readonly number[];
  /** The time of each sample since the one before. */
  timeDeltas: readonly number[];
}

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string };
  children?: readonly number[];
}

/** Microseconds of the monotonic clock. */
export interface Window {
  from: number;
  to: number;
}

/** Where the time went. */
export interface ModuleTime {
  module: string;
  micros: number;
  /** The same by function, the longest first. */
  functions: readonly (readonly [name: string, micros: number])[];
}

/**
 * Adds up self time by the nearest module: the time of Node's own functions belongs to the module that called them, if there is one.
 * @returns the longest first, without idle time
 */
export function sumSelfTime({ nodes, startTime, samples, timeDeltas }: CpuProfile, window: Window): ModuleTime[] {
  const places = placeNodes(nodes);
  const times = new Map<string, Map<string, number>>();
  let now = startTime;
  samples.forEach((id, index) => {
    // A sample stands for the time until the next one.
    now += timeDeltas[index] ?? 0;
    const place = places.get(id);
    if (place === undefined || place.module === "(idle)" || now < window.from || now >= window.to) return;
    const functions = times.get(place.module) ?? new Map<string, number>();
    times.set(place.module, functions);
    functions.set(place.name, (functions.get(place.name) ?? 0) + (timeDeltas[index + 1] ?? 0));
  });
  const modules = [...times].map(([module, functions]) => ({
    module,
    micros: [...functions.values()].reduce((sum, micros) => sum + micros, 0),
    functions: [...functions].sort(([, a], [, b]) => b - a),
  }));
  return modules.sort((a, b) => b.micros - a.micros);
}

interface Place {
  module: string;
  /** The function that ran. */
  name: string;
}

function placeNodes(nodes: readonly ProfileNode[]): ReadonlyMap<number, Place> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const places = new Map<number, Place>();
  const waiting: [node: ProfileNode | undefined, caller: string | undefined][] = [[nodes[0], undefined]];
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
