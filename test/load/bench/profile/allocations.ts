/** Counts what a process allocates on its JavaScript heap, by function, with V8's sampling heap profiler. */
import { once } from "node:events";
import { WebSocket } from "undici";
import { type CallNode, type ModuleShare, type Place, placeNodes, sumByModule } from "./by-module";

/** As much of a heap profile as is used here (Chrome DevTools Protocol, `HeapProfiler.SamplingHeapProfileNode`). */
export interface HeapNode {
  id: number;
  callFrame: CallNode["callFrame"];
  /** Bytes. */
  selfSize: number;
  children: readonly HeapNode[];
}

/** Counts the allocations of another process. */
export interface AllocationCounter {
  /** @param interval bytes between two samples, on average. Less is more exact, and slows the process down. */
  start(interval: number): Promise<void>;
  /** @returns bytes since the start by module, the most first */
  stop(): Promise<ModuleShare[]>;
  close(): void;
}

/** Flags for Node that let its allocations be counted. */
export function flagsForCounting(inspectorPort: number): string[] {
  return [`--inspect=127.0.0.1:${inspectorPort}`];
}

/** Connects with the inspector of a process. */
export async function openAllocationCounter(inspectorPort: number): Promise<AllocationCounter> {
  const [target] = (await (await fetch(`http://127.0.0.1:${inspectorPort}/json/list`)).json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "");
  await once(socket, "open");
  let last = 0;
  const call = (method: string, params: object = {}): Promise<unknown> => {
    const id = ++last;
    const answer = waitForAnswer(socket, id);
    socket.send(JSON.stringify({ id, method, params }));
    return answer;
  };
  return {
    start: async (samplingInterval) => {
      // Otherwise only what is still in use at the end would be counted.
      const collectedToo = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
      await call("HeapProfiler.startSampling", { samplingInterval, ...collectedToo });
    },
    stop: async () => sumAllocations(((await call("HeapProfiler.stopSampling")) as { profile: { head: HeapNode } }).profile.head),
    close: () => socket.close(),
  };
}

/** @throws Error if the inspector refuses the call or the process ends */
function waitForAnswer(socket: WebSocket, id: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const listening = new AbortController();
    const settle = (settleWith: () => void): void => {
      listening.abort();
      settleWith();
    };
    socket.addEventListener("close", () => settle(() => reject(new Error("the inspected process has ended"))), listening);
    socket.addEventListener(
      "message",
      ({ data }) => {
        const answer = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: { message: string } };
        if (answer.id !== id) return;
        settle(() => (answer.error === undefined ? resolve(answer.result) : reject(new Error(answer.error.message))));
      },
      listening,
    );
  });
}

/** Adds up bytes by the nearest module. @returns the most first */
export function sumAllocations(head: HeapNode): ModuleShare[] {
  const nodes = flatten(head);
  const places = placeNodes(nodes.map(({ children, ...node }) => ({ ...node, children: children.map(({ id }) => id) })));
  const amounts = nodes.map(({ id, selfSize }): [Place | undefined, number] => [places.get(id), selfSize]);
  return sumByModule(amounts.filter((amount): amount is [Place, number] => amount[0] !== undefined && amount[1] > 0));
}

function flatten(node: HeapNode): HeapNode[] {
  return [node, ...node.children.flatMap(flatten)];
}
