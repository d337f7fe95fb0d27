import type { JsonWebKey } from "node:crypto";
import type { Clock, SigningAlgorithm } from "../engine/client";
import { type KeyState, type KeyTimes, nextGeneration, deriveKeyStates } from "./lifecycle";
import { ringStaleMs, unknownKeyStaleMs } from "./publication";
import { makeForeignSealDetector } from "./foreign-seals";
import {
  makeUnsealedKey,
  type MasterKeys,
  type OpenedKey,
  openSigningKey,
  sealKey,
  chooseSealingKey,
  type SigningKeyRow,
  type SigningKeyStore,
} from "./signing-key";

/** The keys of this server, at most a second old. */
export interface KeyRing {
  /** Makes the first key of each of these algorithms if there is none yet. Several servers may do it at once. */
  ensureKeys(algorithms: readonly SigningAlgorithm[]): Promise<void>;
  /** @throws Error if there is no key of this algorithm, Unavailable if the database is away */
  getActiveKey(algorithm: SigningAlgorithm): Promise<OpenedKey>;
  /** The key a token names, while it may still verify tokens. */
  findVerifyingKey(kid: string): Promise<OpenedKey | undefined>;
  /** Public keys for the JWKS: of what signs, what will sign, and what signed tokens that still live. */
  listPublishedKeys(): Promise<JsonWebKey[]>;
}

export interface KeyRingPorts extends KeyTimes, MasterKeys {
  store: SigningKeyStore;
  clock: Clock;
  /** Monotonic milliseconds: staleness is a matter of real time, whatever the clock of the tokens says. */
  monotonic?: () => number;
  /** Told, once per change, of keys in use that somebody sealed under a master key which is not ours. */
  onForeignSeal?: (kids: readonly string[]) => void;
}

export function makeKeyRing(ports: KeyRingPorts): KeyRing {
  const monotonic = ports.monotonic ?? (() => performance.now());
  const openedKeys = new Map<string, OpenedKey>();
  const watchSeals = makeForeignSealDetector(ports, ports.onForeignSeal);
  let rows: { value: Promise<SigningKeyRow[]>; at: number } | undefined;
  let derived: { rows: readonly SigningKeyRow[]; now: number; states: Map<string, KeyState> } | undefined;

  function current(staleMs = ringStaleMs): Promise<SigningKeyRow[]> {
    const at = monotonic();
    if (rows !== undefined && at - rows.at < staleMs) return rows.value;
    const fetched = { value: ports.store.list(), at };
    rows = fetched;
    fetched.value.then(
      (all) => watchSeals(all.filter(({ kid }) => openedKeys.has(kid))),
      () => {
        if (rows === fetched) rows = undefined;
      },
    );
    return fetched.value;
  }

  function open(row: SigningKeyRow): OpenedKey {
    const known = openedKeys.get(row.kid) ?? openSigningKey(row, ports);
    openedKeys.set(row.kid, known);
    return known;
  }

  /** Worked out once for all requests of one moment. */
  function statesOf(all: readonly SigningKeyRow[], now: number): Map<string, KeyState> {
    if (derived?.rows !== all || derived.now !== now) derived = { rows: all, now, states: deriveKeyStates(all, now, ports) };
    return derived.states;
  }

  async function inState(...wanted: readonly KeyState[]): Promise<SigningKeyRow[]> {
    const all = await current();
    const states = statesOf(all, ports.clock());
    return all.filter((row) => wanted.includes(states.get(row.kid) ?? "expired"));
  }

  return {
    async ensureKeys(algorithms) {
      const all = await ports.store.list();
      const missing = algorithms.filter((each) => nextGeneration(all, each) === 1);
      if (missing.length > 0) await makeFirstKeys(missing, ports);
      rows = undefined;
      (await current()).forEach(open);
    },
    async getActiveKey(algorithm) {
      const row = (await inState("active")).find((each) => each.algorithm === algorithm);
      if (row === undefined)
        throw new Error(`there is no active ${algorithm} signing key; run \`polymint key rotate --alg ${algorithm} --now\``);
      return open(row);
    },
    async findVerifyingKey(kid) {
      const verifies = async () => (await inState("active", "retired")).find((each) => each.kid === kid);
      const row = (await verifies()) ?? (await current(unknownKeyStaleMs).then(verifies));
      return row && open(row);
    },
    async listPublishedKeys() {
      const visible = await inState("next", "active", "retired");
      return visible.flatMap(({ publicJwk }) => (publicJwk === null ? [] : [publicJwk]));
    },
  };
}

/** Whoever changes keys waits for others who do, so making them, which takes its time, comes first. */
async function makeFirstKeys(algorithms: readonly SigningAlgorithm[], ports: KeyRingPorts): Promise<void> {
  const made = await Promise.all(algorithms.map(makeUnsealedKey));
  const now = Math.floor(ports.clock() / 1000);
  await ports.store.changeExclusively(async (changes) => {
    const masterKey = chooseSealingKey(await changes.list(), ports);
    for (const key of made) await changes.insertIfAbsent(sealKey(key, 1, { createdAt: now, activeFrom: now }, masterKey));
  });
}
