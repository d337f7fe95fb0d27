import { answerOf, startOwn, stopChild } from "../child";
import type { Job, Sample } from "./shots";

/** Makes load, in a process of its own. */
export interface Load {
  /** One measurement at a time. */
  fire(job: Job): Promise<Sample>;
  stop(): Promise<void>;
}

export function startLoad(): Load {
  const child = startOwn("load/process.ts");
  return {
    fire: (job) => {
      const sample = answerOf<Sample>(child, "the load process");
      child.send(job);
      return sample;
    },
    stop: () => stopChild(child),
  };
}
