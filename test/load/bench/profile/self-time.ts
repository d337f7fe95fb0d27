/** Sums up a CPU profile of V8. */
import { type CallNode, type ModuleShare, type Place, placeNodes, sumByModule } from "./by-module";

/** As much of a `.cpuprofile` as is used here (Chrome DevTools Protocol, `Profiler.Profile`). Times are microseconds. */
export interface CpuProfile {
  nodes: readonly CallNode[];
  /** Of the monotonic clock. */
  startTime: number;
  /** The node of each sample. */
  samples: readonly number[];
  /** The time of each sample since the one before. */
  timeDeltas: readonly number[];
}

/** Microseconds of the monotonic clock. */
export interface Window {
  from: number;
  to: number;
}

/**
 * Adds up self time by the nearest module.
 * @returns microseconds, the longest first, without idle time
 */
export function sumSelfTime({ nodes, startTime, samples, timeDeltas }: CpuProfile, window: Window): ModuleShare[] {
  const places = placeNodes(nodes);
  const times: [Place, number][] = [];
  let now = startTime;
  samples.forEach((id, index) => {
    // A sample stands for the time until the next one.
    now += timeDeltas[index] ?? 0;
    const place = places.get(id);
    if (place === undefined || place.module === "(idle)" || now < window.from || now >= window.to) return;
    times.push([place, timeDeltas[index + 1] ?? 0]);
  });
  return sumByModule(times);
}
