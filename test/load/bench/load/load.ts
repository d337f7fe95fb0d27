import { nextMessage, startChild, stopChild } from "../child";
import type { LoadJob, LoadSample } from "./request-plan";

/** Generates load in a process of its own. */
export interface Load {
  /** One measurement at a time. */
  fire(job: LoadJob): Promise<LoadSample>;
  stop(): Promise<void>;
}

export function startLoad(): Load {
  const child = startChild("load/process.ts");
  return {
    fire: (job) => {
      const sample = nextMessage<LoadSample>(child, "the load process");
      child.send(job);
      return sample;
    },
    stop: () => stopChild(child),
  };
}
