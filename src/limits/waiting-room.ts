/** A group of requests that wait for other servers, and how many of them may wait at once. */
export interface WaitingGroup {
  /** Such as the URL that they wait for. */
  name: string;
  most: number;
}

/** Counts the requests that wait for other servers, so that few of them wait for one that does not answer. */
export interface WaitingRoom {
  /**
   * Lets a request wait as a member of all these groups.
   * @returns a function that ends its wait; undefined if one of the groups is full
   */
  enter(groups: readonly WaitingGroup[]): (() => void) | undefined;
}

export function makeWaitingRoom(): WaitingRoom {
  const waiting = new Map<string, number>();
  const count = (name: string): number => waiting.get(name) ?? 0;

  function leave(groups: readonly WaitingGroup[]): void {
    for (const { name } of groups) {
      if (count(name) > 1) waiting.set(name, count(name) - 1);
      else waiting.delete(name);
    }
  }

  return {
    enter(groups) {
      if (groups.some(({ name, most }) => count(name) >= most)) return undefined;
      for (const { name } of groups) waiting.set(name, count(name) + 1);
      return () => leave(groups);
    },
  };
}
