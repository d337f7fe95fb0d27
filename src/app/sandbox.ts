import type { Clock } from "../engine/client";
import type { ClientRegistry, SecretDigest } from "../engine/ports/clients";
import type { Signer } from "../engine/ports/keys";
import type { Api } from "../http/api";
import type { Intercept } from "../http/interception";
import type { KeyRing } from "../keys/key-ring";
import { makeSigner } from "../keys/signer";
import type { Target } from "../sandbox/check-fault";
import { makeEffectScope } from "../sandbox/effects";
import type { Faults } from "../sandbox/fault";
import { makeFaults } from "../sandbox/faults";
import { makeSandboxIntercept } from "../sandbox/intercept";
import type { SandboxOptions } from "../sandbox/options";
import { makeFaultStore } from "../store/sandbox/faults";
import type { AppSettings } from "./options";

/** Finds the client of an API key. */
interface KeyHolderPorts {
  clients: ClientRegistry;
  digest: SecretDigest;
}

/** What is put around the parts of a server, and only if it has the sandbox. */
export interface Sandbox {
  /** The clock of requests, which a fault may put wrong. */
  clock: Clock;
  /** For keys, whose ages are the same in every request. */
  trueClock: Clock;
  makeSigner(keys: KeyRing): Signer;
  /** @param listApis lists what faults may be armed at; not called before one is */
  buildFaults(listApis: () => readonly Api[], settings: AppSettings): Faults;
  makeIntercept(faults: Faults, engine: KeyHolderPorts): Intercept;
}

export function makeSandbox({ makeFaultStore: makeStore = makeFaultStore }: SandboxOptions, trueClock: Clock): Sandbox {
  const effects = makeEffectScope();
  return {
    clock: effects.spoilClock(trueClock),
    trueClock,
    makeSigner: (keys) => effects.spoilSigner(makeSigner(effects.spoilKeys(keys))),
    buildFaults: (listApis, { database, contracts }) => {
      const listTargets = () =>
        listApis()
          .filter(hasFaults)
          .map((api) => toTarget(api, contracts.all));
      return makeFaults({ store: makeStore(database), listTargets, clock: trueClock });
    },
    makeIntercept: (faults, { clients, digest }) => {
      const findKeyHolder = async (apiKey: string) => (await clients.findBySecretDigest(digest(apiKey)))?.id;
      const intercept = makeSandboxIntercept({ faults, effects, findKeyHolder });
      return (call, goOn) => (hasFaults(call.api) ? intercept(call, goOn) : Promise.resolve(goOn()));
    },
  };
}

/** Whether faults meet the requests of an api. A probe is answered as ever: a server with faults must not look dead. */
function hasFaults({ vital, faultless }: Api): boolean {
  return vital !== true && faultless !== true;
}

function toTarget({ name, endpoints }: Api, contracts: AppSettings["contracts"]["all"]): Target {
  return { name, endpoints: Object.values(endpoints), issuesTokens: contracts.some((contract) => contract.name === name) };
}
