/**
 * Runs before every test file: has each secret noted that goes to or comes from any server it starts, wherever that runs,
 * and at its end looks for all of them in all that was logged.
 */
import { ChildProcess } from "node:child_process";
import { secretSearch } from "./secret-search";

// Our modules are loaded anew for every test file, Node's own are not: what the file before changed in them is changed back.
const place = "stopSecretSearch";
(Reflect.get(ChildProcess, place) as (() => void) | undefined)?.();
Reflect.set(ChildProcess, place, secretSearch.begin());

async function mustBeClean(): Promise<void> {
  const leaks = await secretSearch.leaks();
  expect(leaks.slice(0, 5)).toEqual([]);
}

// Jest runs first what was registered first, and what a test file has still running it ends in hooks of its own: so there
// is another look after each of those.
const { afterAll: register } = globalThis;
globalThis.afterAll = (hook, timeout) => {
  register(hook, timeout);
  register(mustBeClean);
};
register(mustBeClean);
