/** The process environment, or a substitute in tests. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One line of the configuration's documentation. */
export interface Setting {
  name: string;
  fallback: string;
  meaning: string;
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

  constructor(private readonly environment: Environment) {}

  /** Reads text. An empty setting counts as absent. */
  text(name: string): string | undefined {
    this.asked.add(name);
    const value = this.environment[name]?.trim();
    return value === "" ? undefined : value;
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
    if (!fits(text)) this.faults.push(`${name} must be ${form}`);
    return text;
  }

  /** 32 bytes in base64 or base64url. */
  key(name: string): Buffer | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const bytes = Buffer.from(text, "base64");
    if (bytes.length === 32 && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return bytes;
    this.faults.push(`${name} must be 32 bytes in base64; make one with: openssl rand -base64 32`);
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

  /** Reports settings with a prefix that were not read: they are misspelt and would have no effect. */
  rejectUnknown(prefix: string): void {
    for (const name of Object.keys(this.environment)) {
      if (name.startsWith(prefix) && !this.asked.has(name)) this.faults.push(`${name} is not a setting; there is no such contract`);
    }
  }
}
