/**
 * Runs before every test file: notes every secret that goes to or comes from a server the file starts, in this process or
 * another one, and at the end of the file looks for all of them in everything that was logged.
 */
import { ChildProcess } from "node:child_process";
import { secretSearch } from "./secret-search";

// Jest loads Polymint's modules again for every test file, but not Node's own: undo what the previous file changed in them.
const key = "stopSecretSearch";
(Reflect.get(ChildProcess, key) as (() => void) | undefined)?.();
Reflect.set(ChildProcess, key, secretSearch.start());

async function mustHaveNoLeaks(): Promise<void> {
  const leaks = await secretSearch.findLeaks();
  expect(leaks.slice(0, 5)).toEqual([]);
}

// Jest runs hooks in the order of their registration, and a test file stops its servers in hooks of its own: so search again
// after each of those.
const { afterAll: register } = globalThis;
globalThis.afterAll = (hook, timeout) => {
  register(hook, timeout);
  register(mustHaveNoLeaks);
};
register(mustHaveNoLeaks);
