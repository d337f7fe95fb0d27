/** Finds the secrets that a child process knows: in its settings, its input and output, and its data folder. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The secrets among the settings of a child process: those with a secret's name, and passwords in URLs. */
export function secretsOfSettings(environment: ReadonlyMap<string, string>): string[] {
  return [...environment].flatMap(([name, value]) => [
    ...(/PEPPER|MASTER_KEY|TOKEN|PASSWORD|SECRET|WEBHOOK/.test(name) ? [value] : []),
    ...(URL.canParse(value) && new URL(value).password !== "" ? [decodeURIComponent(new URL(value).password)] : []),
  ]);
}

/** How secrets look in what commands print for people, and in what people type into a command. */
const printed = [
  /\bpm[a-z]_[\w-]{51}/g,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /(?<="password":\{"value":")[^"]+/g,
  /(?<=log in as \S+ with )[^\s,]+/g,
  /(?<=One-time password for \S+: )\d+/g,
  /(?<=-----BEGIN [A-Z ]*PRIVATE KEY-----\n)[^-]+/g,
];

/** The secrets in the standard output of a child process, or in its standard input. */
export function secretsOfTalk(text: string): string[] {
  const found = printed.flatMap((look) => [...text.matchAll(look)].flatMap(([secret]) => secret.trim().split("\n")));
  return [...new Set(found)];
}

/** The secrets in the standard input of a child process: a short input is a password as a whole. */
export function secretsOfInput(text: string): string[] {
  return [...secretsOfTalk(text), ...(text.length > 200 ? [] : text.split("\n"))];
}

/** The secrets in a server's data folder: its own, those of the demo clients, and the password of the database. */
export function secretsOfFolder(folder: string): string[] {
  return namesIn(folder).flatMap((name) => {
    const text = contentOf(join(folder, name));
    if (["demo.json", "secrets.json"].includes(name)) return secretsOfJson(text);
    if (name.endsWith(".key.pem")) return text.split("\n").slice(1, -2);
    return name === "postgres-password" ? [text] : [];
  });
}

/** The lines that the embedded PostgreSQL and its keeper log there. */
export function logsOfFolder(folder: string): string[] {
  return ["keeper.log", "postgres.log"].flatMap((name) => contentOf(join(folder, name)).split("\n"));
}

function secretsOfJson(text: string): string[] {
  return [...text.matchAll(/"(\w[^"]*)": "([^"]+)"/g)].flatMap(([, name = "", value = ""]) =>
    ["email", "identityId"].includes(name) ? [] : [value],
  );
}

/** @returns nothing if the folder does not exist yet, or no longer */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
