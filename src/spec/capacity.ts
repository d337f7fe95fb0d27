export interface Capacity {
  /** @returns false if there is no room; then `leave` must not be called. */
  enter(): boolean;
  leave(): void;
}

/** Counts operations in progress: a queue that only grows serves nobody, a quick refusal can be tried again. */
export function makeCapacity(most: number): Capacity {
  let inside = 0;
  return {
    enter() {
      if (inside >= most) return false;
      inside += 1;
      return true;
    },
    leave() {
      inside -= 1;
    },
  };
}
