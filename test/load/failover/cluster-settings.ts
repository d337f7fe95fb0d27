/** Patroni's settings: the recipe of docs/operating/failover.md, with times as short as Patroni allows. */
import type { ClusterPlan } from "./cluster";
import type { MemberName } from "./network";

/** Patroni takes no shorter one. */
export const ttlSeconds = 20;

const modes = { on: true, quorum: "quorum", off: false } as const;

/** @returns what `patroni.yml` says: JSON is YAML too */
export function makePatroniSettings(name: MemberName, folder: string, { network, tools, synchronous }: ClusterPlan): object {
  const address = network.addressOf(name);
  const local = { use_pg_rewind: true, use_slots: true };
  return {
    ...{ scope: "polymint", name },
    restapi: { listen: `${address}:8008`, connect_address: `${address}:8008` },
    etcd3: { hosts: [`${network.addressOf("etcd")}:2379`] },
    bootstrap: {
      dcs: {
        ...{ ttl: ttlSeconds, loop_wait: 2, retry_timeout: 5, maximum_lag_on_failover: 1_048_576 },
        ...{ synchronous_mode: modes[synchronous], synchronous_mode_strict: synchronous !== "off", failsafe_mode: true },
        postgresql: { ...local, parameters: { max_connections: 60, wal_log_hints: "on" } },
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
