import { services } from "../../generated/wiring";
import { isOffered } from "../engine/contracts";
import type { Api } from "../http/api";
import type { WiredService } from "../services/service";
import { enabledContracts } from "./contracts";
import type { Engine } from "./engine";
import { collectMetadataFacts } from "./metadata";
import type { AppSettings } from "./options";

type PortsOf<Service> = Service extends WiredService<infer Ports> ? Ports : never;
type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void ? All : never;

/** What the supporting APIs, taken together, use. */
type ServicePorts = Intersection<PortsOf<(typeof services)[number]>>;

/** The supporting APIs, the one that answers for unknown paths last. @param isServing whether this process takes traffic */
export function buildServiceApis(engine: Engine, settings: AppSettings, isServing: () => boolean): Api[] {
  const { database, clock, identity, otpSender } = settings;
  const contracts = enabledContracts(settings);
  const ports: ServicePorts = {
    ...engine,
    ...identity,
    ledger: engine.reader,
    logins: engine.users,
    clock,
    contracts,
    otpSender,
    metadata: collectMetadataFacts(settings),
    isServing,
    checkDatabase: () => database.checkReady(),
  };
  const inOrder = [...services].sort(
    (a, b) => Number(a.definition.answersUnknownPaths ?? false) - Number(b.definition.answersUnknownPaths ?? false),
  );
  return inOrder.map(({ name, spec, definition }) => {
    const { serves, vital = false } = definition;
    const enabled = serves === undefined || isOffered(serves, contracts);
    return { name, spec, vital, enabled, ...definition.make(ports) };
  });
}
