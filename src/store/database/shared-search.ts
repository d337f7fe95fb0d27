import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds from a search that found nothing to the next. */
const pauseMs = 100;

/**
 * Has one caller search for all who come meanwhile. During a failover every request asks for a connection: if each of them asked
 * every host, they would keep the standbys from the promotion that they wait for.
 * @param find searches, or goes where something was found the last time
 * @param isFound whether the last search has found something, so that no caller has to wait for another's
 * @returns a function that finds. A caller that waits for a search that finds nothing, or comes shortly after it, gets its reason.
 */
export function shareSearch<T>(find: () => Promise<T>, isFound: () => boolean): () => Promise<T> {
  let search: Promise<T> | undefined;
  const end = (): void => void (search = undefined);
  return async () => {
    if (search !== undefined) await search;
    else if (!isFound()) {
      search = find();
      search.then(end, () => sleep(pauseMs, undefined, { ref: false }).then(end));
      return search;
    }
    return find();
  };
}
