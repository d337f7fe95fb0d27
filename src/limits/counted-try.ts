import { Unavailable } from "../engine/refusal";

/**
 * Makes a try that was counted as a failure before it was made. If a fault ends it, it was none: then the count is taken
 * back, as far as the same fault allows, so that nobody is locked out by a database that is away.
 */
export async function countedTry<T>(attempt: () => Promise<T>, takeBack: () => Promise<void>): Promise<T> {
  try {
    return await attempt();
  } catch (thrown) {
    if (thrown instanceof Unavailable) await takeBack().catch(() => undefined);
    throw thrown;
  }
}
