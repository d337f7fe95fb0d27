import type { Client } from "../../engine/client";
import type { Database } from "../database";

/** @returns how many clients there are of each status */
export async function countClients(database: Database): Promise<Record<Client["status"], number>> {
  const rows = await database.runLongTask(async (knex) =>
    knex<{ status: Client["status"] }>("clients")
      .select("status")
      .count<{ status: Client["status"]; count: string }[]>("*")
      .groupBy("status"),
  );
  const countOf = (status: Client["status"]): number => Number(rows.find((row) => row.status === status)?.count ?? 0);
  return { active: countOf("active"), disabled: countOf("disabled") };
}
