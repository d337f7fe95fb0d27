import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The secrets among a child's settings: those that are called so, and passwords in URLs. */
export function secretsOfSettings(environment: ReadonlyMap<string, string>): string[] {
  return [...environment].flatMap(([name, value]) => [
    ...(/PEPPER|MASTER_KEY|TOKEN|PASSWORD|SECRET|WEBHOOK/.test(name) ? [value] : []),
    ...(URL.canParse(value) && new URL(value).password !== "" ? [decodeURIComponent(new URL(value).password)] : []),
  ]);
}

/** As they stand in what is printed for people, and in what people hand to a command. */
const printed = [
  /\bpm[a-z]_[\w-]{51}/g,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /(?<="password":\{"value":")[^"]+/g,
  /(?<=log in as \S+ with )[^\s,]+/g,
  /(?<=One-time password for \S+: )\d+/g,
  /(?<=-----BEGIN [A-Z ]*PRIVATE KEY-----\n)[^-]+/g,
];

/** The secrets in what a child said to people, or was told by them. */
export function secretsOfTalk(text: string): string[] {
  const found = printed.flatMap((look) => [...text.matchAll(look)].flatMap(([secret]) => secret.trim().split("\n")));
  return [...new Set(found)];
}

/** The secrets that a child was told on its standard input: a password is all of it. */
export function secretsOfInput(text: string): string[] {
  return [...secretsOfTalk(text), ...(text.length > 200 ? [] : text.split("\n"))];
}

/** What a server keeps in its data folder: its own secrets, those of its demonstration, and the database's password. */
export function secretsOfFolder(folder: string): string[] {
  return namesIn(folder).flatMap((name) => {
    const text = contentOf(join(folder, name));
    if (["demo.json", "secrets.json"].includes(name)) return secretsOfJson(text);
    if (name.endsWith(".key.pem")) return text.split("\n").slice(1, -2);
    return name === "postgres-password" ? [text] : [];
  });
}

/** What its database and the keeper of that log. */
export function logsOfFolder(folder: string): string[] {
  return ["keeper.log", "postgres.log"].flatMap((name) => contentOf(join(folder, name)).split("\n"));
}

function secretsOfJson(text: string): string[] {
  return [...text.matchAll(/"(\w[^"]*)": "([^"]+)"/g)].flatMap(([, name = "", value = ""]) =>
    ["email", "identityId"].includes(name) ? [] : [value],
  );
}

/** The folder may be gone, or not yet there. */
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
