/** Patroni's settings: the recipe, and what three members on one machine need. */
import type { ClusterPlan } from "./cluster";
import type { MemberName } from "./network";
import { patroniRecipe } from "./recipes";

export const ttlSeconds = patroniRecipe.ttl;

const modes = { on: true, quorum: "quorum", off: false } as const;

/** @returns what `patroni.yml` says: JSON is YAML too */
export function makePatroniSettings(name: MemberName, folder: string, { network, tools, synchronous }: ClusterPlan): object {
  const address = network.addressOf(name);
  const { postgresql } = patroniRecipe;
  return {
    ...{ scope: "polymint", name },
    restapi: { listen: `${address}:8008`, connect_address: `${address}:8008` },
    etcd3: { hosts: [`${network.addressOf("etcd")}:2379`] },
    bootstrap: {
      dcs: {
        ...{ ...patroniRecipe, synchronous_mode: modes[synchronous], synchronous_mode_strict: synchronous !== "off" },
        postgresql: { ...postgresql, parameters: { ...postgresql.parameters, max_connections: 60 } },
      },
      initdb: [{ encoding: "UTF8" }, { locale: "C.UTF-8" }, { auth: "trust" }, "data-checksums", "no-sync"],
    },
    postgresql: {
      ...{ listen: `${address}:5432`, connect_address: `${address}:5432`, data_dir: `${folder}/data`, bin_dir: tools.postgresBin },
      pgpass: `${folder}/pgpass`,
      authentication: { replication: { username: "replicator" }, superuser: { username: "postgres" } },
      pg_hba: ["local all all trust", "host all all all trust", "host replication replicator all trust"],
      // Without fsync it is quicker, and no run cuts the power.
      parameters: { unix_socket_directories: folder, fsync: "off", shared_buffers: "32MB" },
    },
  };
}
