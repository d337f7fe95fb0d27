import type { JsonWebKey } from "node:crypto";
import type { Clock, SigningAlgorithm } from "../engine/client";
import { makeForeignSealDetector } from "./foreign-seals";
import { deriveKeyStates, type KeyState, type KeyTimes, findNextGeneration } from "./lifecycle";
import { ringStaleMs, unknownKeyStaleMs } from "./publication";
import {
  chooseSealingKey,
  makeUnsealedKey,
  type MasterKeys,
  type OpenedKey,
  openSigningKey,
  sealKey,
  type SigningKeyRow,
  type SigningKeyStore,
} from "./signing-key";

/** The keys of this server, as the database had them at most a second ago. */
export interface KeyRing {
  /** Makes the first key of each of these algorithms that has none. Several servers may do so at once. */
  ensureKeys(algorithms: readonly SigningAlgorithm[]): Promise<void>;
  /** @throws Error if there is no key of this algorithm, Unavailable if the database is away */
  getActiveKey(algorithm: SigningAlgorithm): Promise<OpenedKey>;
  /** @returns the key with this id, while tokens it signed may still be valid */
  findVerifyingKey(kid: string): Promise<OpenedKey | undefined>;
  /** @returns the public keys for the JWKS: of keys that sign, that will sign, and that signed tokens which are still valid */
  listPublishedKeys(): Promise<JsonWebKey[]>;
  /** Begins to read the keys if those at hand are too old, for a request that will need them. A failure shows when they are needed. */
  readAhead(): void;
}

export interface KeyRingPorts extends KeyTimes, MasterKeys {
  store: SigningKeyStore;
  clock: Clock;
  /** Monotonic milliseconds: staleness is measured in real time, not by the clock of the tokens. */
  monotonic?: () => number;
  /** Called once per change, with the ids of keys in use that are sealed under a master key this server does not have. */
  onForeignSeal?: (kids: readonly string[]) => void;
}

export function makeKeyRing(ports: KeyRingPorts): KeyRing {
  const monotonic = ports.monotonic ?? (() => performance.now());
  const openedKeys = new Map<string, OpenedKey>();
  const detectForeignSeals = makeForeignSealDetector(ports, ports.onForeignSeal);
  let loaded: { rows: Promise<SigningKeyRow[]>; at: number } | undefined;
  const deriveStates = makeStateDeriver(ports);

  function loadRows(staleMs = ringStaleMs): Promise<SigningKeyRow[]> {
    const at = monotonic();
    if (loaded !== undefined && at - loaded.at < staleMs) return loaded.rows;
    const loading = { rows: ports.store.list(), at };
    loaded = loading;
    loading.rows.then(
      (rows) => detectForeignSeals(rows.filter(({ kid }) => openedKeys.has(kid))),
      () => {
        if (loaded === loading) loaded = undefined;
      },
    );
    return loading.rows;
  }

  function openKey(row: SigningKeyRow): OpenedKey {
    const key = openedKeys.get(row.kid) ?? openSigningKey(row, ports);
    openedKeys.set(row.kid, key);
    return key;
  }

  async function listInState(...wanted: readonly KeyState[]): Promise<SigningKeyRow[]> {
    const rows = await loadRows();
    const { states } = deriveStates(rows);
    return rows.filter((row) => wanted.includes(states.get(row.kid) ?? "expired"));
  }

  return {
    async ensureKeys(algorithms) {
      const rows = await ports.store.list();
      const missing = algorithms.filter((each) => findNextGeneration(rows, each) === 1);
      if (missing.length > 0) await makeFirstKeys(missing, ports);
      loaded = undefined;
      (await loadRows()).forEach(openKey);
    },
    async getActiveKey(algorithm) {
      const row = deriveStates(await loadRows()).active.get(algorithm);
      if (row === undefined)
        throw new Error(`There is no active ${algorithm} signing key. Run \`polymint key rotate --alg ${algorithm} --now\`.`);
      return openKey(row);
    },
    async findVerifyingKey(kid) {
      const find = async () => (await listInState("active", "retired")).find((each) => each.kid === kid);
      const row = (await find()) ?? (await loadRows(unknownKeyStaleMs).then(find));
      return row && openKey(row);
    },
    async listPublishedKeys() {
      const visible = await listInState("next", "active", "retired");
      return visible.flatMap(({ publicJwk }) => (publicJwk === null ? [] : [publicJwk]));
    },
    readAhead: () => void loadRows().catch(() => undefined),
  };
}

interface DerivedStates {
  rows: readonly SigningKeyRow[];
  /** Epoch seconds. */
  second: number;
  states: Map<string, KeyState>;
  active: Map<SigningAlgorithm, SigningKeyRow>;
}

/** Makes a function that derives the states once for all requests of one second: every time of a key is a whole second. */
function makeStateDeriver(ports: KeyTimes & Pick<KeyRingPorts, "clock">): (rows: readonly SigningKeyRow[]) => DerivedStates {
  let derived: DerivedStates | undefined;
  return (rows) => {
    const second = Math.floor(ports.clock() / 1000);
    if (derived?.rows !== rows || derived.second !== second) {
      const states = deriveKeyStates(rows, second * 1000, ports);
      const active = new Map(rows.filter(({ kid }) => states.get(kid) === "active").map((row) => [row.algorithm, row]));
      derived = { rows, second, states, active };
    }
    return derived;
  };
}

/** Generates the keys before it takes the exclusive lock: generation is slow. */
async function makeFirstKeys(algorithms: readonly SigningAlgorithm[], ports: KeyRingPorts): Promise<void> {
  const keys = await Promise.all(algorithms.map(makeUnsealedKey));
  const now = Math.floor(ports.clock() / 1000);
  await ports.store.changeExclusively(async (changes) => {
    const masterKey = chooseSealingKey(await changes.list(), ports);
    for (const key of keys) await changes.insertIfAbsent(sealKey(key, 1, { createdAt: now, activeFrom: now }, masterKey));
  });
}
