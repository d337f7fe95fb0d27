import type { Logger } from "pino";
import type { WiredContract } from "../contracts/wire";
import type { ClientRegistry } from "../engine/ports/clients";
import { listDemoClients } from "../contracts/demo";

/**
 * Warns of active demo clients in the database of a server that is no demonstration: the person who ran one there knows their secrets.
 * @param contracts all, those that are switched off included: their clients wait for the day they are switched on
 * @param registry must not cache
 */
export async function warnOfDemoClients(contracts: readonly WiredContract[], registry: ClientRegistry, log: Logger): Promise<void> {
  const ids = contracts.flatMap((contract) => listDemoClients(contract).map(({ id }) => id));
  const found = await Promise.all(ids.map((id) => registry.findById(id)));
  const demoClients = found.flatMap((client) => (client?.status === "active" ? [client.id] : []));
  if (demoClients.length === 0) return;
  const command = demoClients.map((id) => `polymint client delete ${id} --yes`).join(" && ");
  log.warn({ demoClients, command }, "The database has clients of a demonstration. Remove them with the command shown.");
}
