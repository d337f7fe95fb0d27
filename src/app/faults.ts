import pino from "pino";
import type { Faults } from "../sandbox/fault";
import { buildContractApis } from "./contracts";
import { buildEngine } from "./engine";
import { type AppOptions, resolveOptions } from "./options";
import { makeSandbox } from "./sandbox";
import { buildServiceApis } from "./services";

/** Nothing is digested and nothing is sealed: of the apis, only the answers to refusals are asked for. */
const noSecret = Buffer.alloc(32);

/** Opens the faults of a database for a program beside its servers. They can be armed at what those servers have. */
export function openFaults(options: Pick<AppOptions, "database" | "clock" | "identity" | "contracts">): Faults {
  const secrets = { pepper: noSecret, masterKey: noSecret };
  const settings = resolveOptions({ ...options, secrets, log: pino({ level: "silent" }), sandbox: {} });
  const listApis = () => {
    const engine = buildEngine(settings);
    return [...buildContractApis(engine, settings), ...buildServiceApis(engine, settings, () => false)];
  };
  return makeSandbox({}, options.clock).buildFaults(listApis, settings);
}
