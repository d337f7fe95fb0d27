import { services } from "../../generated/wiring";
import { type Contracts, isOffered } from "../engine/contracts";
import type { GrantType } from "../engine/grant-request";
import type { Intersection } from "../engine/grants";
import type { Api } from "../http/api";
import type { Faults } from "../sandbox/fault";
import type { Recorder } from "../sandbox/recorder";
import type { WiredService } from "../services/service";
import { listEnabledContracts } from "./contracts";
import type { Engine } from "./engine";
import { makeLedgerHealth } from "./ledger-health";
import { collectMetadataFacts } from "./metadata";
import type { AppSettings } from "./options";

type PortsOf<Service> = Service extends WiredService<infer Ports> ? Ports : never;

/** The name of a supporting API. */
export type ServiceApiName = (typeof services)[number]["name"];

/** The ports of all supporting APIs together. */
type ServicePorts = Intersection<PortsOf<(typeof services)[number]>>;

/** What the services of the sandbox use. */
interface SandboxParts {
  faults?: Faults | undefined;
  recorder?: Pick<Recorder, "list"> | undefined;
}

/**
 * Builds the supporting APIs; the one that answers unknown paths comes last.
 * @param isServing tells whether this process accepts traffic
 * @param parts empty where there is no sandbox
 */
export function buildServiceApis(
  engine: Engine,
  settings: AppSettings,
  isServing: () => boolean,
  { faults, recorder }: SandboxParts = {},
): Api[] {
  const { database, clock, identity, otpSender } = settings;
  const contracts = listEnabledContracts(settings);
  const ports: ServicePorts = {
    ...engine,
    ...identity,
    ledger: engine.reader,
    logins: engine.users,
    clock,
    contracts,
    otpSender,
    faults,
    metadata: collectMetadataFacts(settings),
    isServing,
    recorder,
    checkDatabase: () => database.checkReady(),
    checkLedger: makeLedgerHealth(settings),
  };
  const sorted = [...services].sort(
    (a, b) => Number(a.definition.answersUnknownPaths ?? false) - Number(b.definition.answersUnknownPaths ?? false),
  );
  return sorted.map(({ name, spec, definition }) => {
    const { vital = false, partOfSandbox = false } = definition;
    const enabled = isServiceEnabled(definition, contracts, settings.sandbox !== undefined);
    return { name, spec, vital, faultless: partOfSandbox, enabled, ...definition.make(ports) };
  });
}

/** Tells whether the service is needed: by a contract that is switched on, or by the sandbox. */
export function isServiceEnabled(
  { serves, partOfSandbox = false }: { serves?: GrantType; partOfSandbox?: boolean },
  contracts: Contracts,
  hasSandbox: boolean,
): boolean {
  return (serves === undefined || isOffered(serves, contracts)) && (!partOfSandbox || hasSandbox);
}
