/** A flaw: requests keep their places among those in progress while they wait for a key set. */
import type { JsonWebKey } from "node:crypto";
import { type AppOptions, createApp } from "../../../../../src/app";
import { fetchKeySet } from "../../../../../src/client-auth/key-set-fetch";
import type { RemoteKeys } from "../../../../../src/engine/ports/clients";
import { replaceExports } from "./replace-in";

/** Every request waits, all of them for one fetch, and nothing is remembered of a fetch that failed. */
function makePatientKeys(): RemoteKeys {
  const inProgress = new Map<string, Promise<readonly JsonWebKey[]>>();
  const loadKeySet = (uri: string): Promise<readonly JsonWebKey[]> => {
    const loading = inProgress.get(uri) ?? fetchKeySet(uri).finally(() => inProgress.delete(uri));
    inProgress.set(uri, loading);
    return loading;
  };
  return { accept: async (uri, accepts) => accepts(await loadKeySet(uri)) };
}

replaceExports(require.resolve("../../../../../src/app"), {
  createApp: (options: AppOptions) => createApp({ ...options, testing: { ...options.testing, makeRemoteKeys: makePatientKeys } }),
});
