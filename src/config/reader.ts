import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { findMisspelt } from "./misspelt";

/** The process environment, or a substitute in tests. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One line of the configuration's documentation. */
export interface Setting {
  name: string;
  fallback: string;
  meaning: string;
  /** It holds a secret, and can be read from the file that `<name>_FILE` names, as Docker and Kubernetes mount secrets. */
  secret?: true;
}

/** The name of the setting that names the file of a secret. */
export function toFileName(secret: string): string {
  return `${secret}_FILE`;
}

/** @returns what a setting means, and where else it can stand */
export function describeSetting({ name, meaning, secret }: Setting): string {
  return secret === true ? `${meaning}; or ${toFileName(name)}, the path of a file with it` : meaning;
}

/** All faults of the configuration, one sentence each. */
export class ConfigurationError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n${faults.map((fault) => `  ${fault}`).join("\n")}`,
    );
    this.name = "ConfigurationError";
    this.faults = faults;
  }
}

/** Reads settings one by one and collects every fault instead of stopping at the first. Faults never repeat values, which may be secret. */
export class Reader {
  readonly faults: string[] = [];
  private readonly asked = new Set<string>();

  /** What was read from files, by the name of the secret. A file that is no regular one may be read only once. */
  private readonly contents = new Map<string, string | undefined>();

  /** @param secrets names of the settings that can be read from a file */
  constructor(
    private readonly environment: Environment,
    private readonly secrets: readonly string[] = [],
  ) {}

  /** Reads text. An empty setting counts as absent. */
  text(name: string): string | undefined {
    const file = this.secrets.includes(name) ? this.plainText(toFileName(name)) : undefined;
    const value = this.plainText(name);
    if (file === undefined) return value;
    if (!this.contents.has(name)) this.contents.set(name, this.readSecret(name, file, value));
    return this.contents.get(name);
  }

  private plainText(name: string): string | undefined {
    this.asked.add(name);
    const value = this.environment[name]?.trim();
    return value === "" ? undefined : value;
  }

  private readSecret(name: string, file: string, value: string | undefined): string | undefined {
    if (value !== undefined) this.faults.push(`${name} and ${toFileName(name)} are both set: keep one of them`);
    // Someone may have given the secret itself in place of a path.
    const shown = isAbsolute(file) ? `the file ${file}` : "a file";
    try {
      const content = readFileSync(file, "utf8").trim();
      if (content !== "") return content;
      this.faults.push(`${toFileName(name)} names ${shown} that is empty`);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? "no reason given";
      this.faults.push(`${toFileName(name)} names ${shown} that cannot be read (${reason})`);
    }
    return undefined;
  }

  /** The name that a fault of the value begins with. */
  private nameOf(name: string): string {
    return this.contents.has(name) ? `${toFileName(name)} names a file whose content` : name;
  }

  integer(name: string, fallback: number, least: number, most: number): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    this.faults.push(`${name} must be a whole number from ${least} to ${most}`);
    return fallback;
  }

  choice<T extends string, F extends T | undefined>(name: string, fallback: F, choices: readonly T[]): T | F {
    const text = this.text(name);
    const chosen = choices.find((choice) => choice === text);
    if (text !== undefined && chosen === undefined) this.faults.push(`${name} must be one of ${choices.join(", ")}`);
    return chosen ?? fallback;
  }

  list(name: string, choices: readonly string[]): readonly string[] {
    const names = this.text(name)
      ?.split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "");
    if (names === undefined) return choices;
    const unknown = names.filter((each) => !choices.includes(each));
    if (unknown.length > 0 || names.length === 0) this.faults.push(`${name} must name some of ${choices.join(", ")}, separated by commas`);
    return names;
  }

  matching<F extends string | undefined>(name: string, fallback: F, fits: (text: string) => boolean, form: string): string | F {
    const text = this.text(name);
    if (text === undefined) return fallback;
    if (!fits(text)) this.reject(name, `be ${form}`);
    return text;
  }

  /** Reports what a setting must be or have, which its reader has found out. */
  reject(name: string, demand: string): void {
    this.faults.push(`${this.nameOf(name)} must ${demand}`);
  }

  /** 32 bytes in base64 or base64url. */
  key(name: string): Buffer | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const bytes = Buffer.from(text, "base64");
    if (bytes.length === 32 && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return bytes;
    this.faults.push(`${this.nameOf(name)} must be 32 bytes in base64; make one with: openssl rand -base64 32`);
    return undefined;
  }

  /** Reports a setting under its old name, which would have no effect. During a rollout both names may be set. */
  rejectRenamed(name: string, newName: string): void {
    if (name in this.environment && !(newName in this.environment)) this.faults.push(`${name} is called ${newName} now`);
  }

  /** Reports a setting that an earlier release had, and that would have no effect now. @param why the reason, and what to use instead */
  rejectRemoved(name: string, why: string): void {
    if (name in this.environment) this.faults.push(`${name} is no setting any more: ${why}`);
  }

  /** Reports variables that were meant to be settings. @param names of all settings, with those of each contract */
  rejectMisspelt(names: readonly string[]): void {
    const reported = this.faults.map(readName);
    this.faults.push(...findMisspelt(this.environment, names).filter((fault) => !reported.includes(readName(fault))));
  }

  /** Reports settings with a prefix that were not read: they are misspelt and would have no effect. */
  rejectUnknown(prefix: string): void {
    for (const name of Object.keys(this.environment)) {
      if (name.startsWith(prefix) && !this.asked.has(name)) this.faults.push(`${name} is not a setting; there is no such contract`);
    }
  }
}

/** @returns the name that a fault begins with */
function readName(fault: string): string {
  return fault.slice(0, fault.indexOf(" "));
}
