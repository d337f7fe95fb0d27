import type { Database } from ".";

/** Single values that every server on this database must agree on, such as the fingerprint of the pepper. */
export interface Settings {
  get(name: string): Promise<string | undefined>;
  put(name: string, value: string): Promise<void>;
  /** @returns the stored value: this one, or the one that was stored before */
  putIfAbsent(name: string, value: string): Promise<string>;
}

export function makeSettings(database: Database): Settings {
  async function get(name: string): Promise<string | undefined> {
    const { rows } = await database.query<{ value: string }>(getStatement, [name]);
    return rows[0]?.value;
  }

  return {
    get,
    async put(name, value) {
      await database.query(replaceStatement, [name, value]);
    },
    async putIfAbsent(name, value) {
      await database.query(putStatement, [name, value]);
      return (await get(name)) ?? value;
    },
  };
}

const getStatement = { name: "setting_get", text: "SELECT value FROM settings WHERE name = ?" };
const replaceStatement = {
  name: "setting_replace",
  text: "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
};
const putStatement = {
  name: "setting_put",
  text: "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
};
