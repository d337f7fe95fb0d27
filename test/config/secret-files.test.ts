import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pickSettings, readConfig, secretSettings, settings } from "../../src/config";
import { faultsOf } from "./faults-of";

const folder = mkdtempSync(join(tmpdir(), "polymint-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

const key = Buffer.alloc(32, 7).toString("base64");
/** A good value of each setting that holds a secret. */
const values: Readonly<Record<string, string>> = {
  DATABASE_URL: "postgres://polymint:hunter2@db.example/polymint",
  POLYMINT_PEPPER: key,
  POLYMINT_MASTER_KEY: key,
  POLYMINT_NEW_MASTER_KEY: key,
  OTP_WEBHOOK_URL: "https://otp.example/?key=hunter2",
  REDIS_URL: "redis://:hunter2@redis.example",
  METRICS_TOKEN: "hunter2-hunter2-hunter2",
  OTEL_EXPORTER_OTLP_HEADERS: "authorization=hunter2",
};
const beside = { METRICS_PORT: "9464" };

function keep(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

describe("a setting that holds a secret", () => {
  it("is every setting whose value would be one in a log", () => {
    expect([...secretSettings].sort()).toEqual(Object.keys(values).sort());
    const telling = settings.filter(({ name }) =>
      /PEPPER|MASTER_KEY|TOKEN$|SECRET|PASSWORD|(DATABASE|REDIS|WEBHOOK)_URL|HEADERS/.test(name),
    );
    expect(telling.filter(({ secret }) => secret !== true)).toEqual([]);
  });

  it.each(Object.entries(values))("can be read from a file, with or without a newline at its end: %s", (name, value) => {
    const given = readConfig({ ...beside, [name]: value }, []);
    for (const end of ["", "\n", "\r\n"]) expect(readConfig({ ...beside, [`${name}_FILE`]: keep("good", value + end) }, [])).toEqual(given);
  });

  it.each(Object.keys(values))("is at fault beside its file, without a file, and with an empty one: %s", (name) => {
    const file = keep("both", values[name] ?? "");
    expect(faultsOf({ ...beside, [name]: values[name], [`${name}_FILE`]: file })).toEqual([
      `${name} and ${name}_FILE are both set: keep one of them`,
    ]);
    const missing = join(folder, "missing");
    expect(faultsOf({ ...beside, [`${name}_FILE`]: missing })).toEqual([
      `${name}_FILE names the file ${missing} that cannot be read (ENOENT)`,
    ]);
    expect(faultsOf({ ...beside, [`${name}_FILE`]: folder })).toEqual([
      `${name}_FILE names the file ${folder} that cannot be read (EISDIR)`,
    ]);
    const empty = keep("empty", " \n");
    expect(faultsOf({ ...beside, [`${name}_FILE`]: empty })).toEqual([`${name}_FILE names the file ${empty} that is empty`]);
  });

  it.each(Object.keys(values))("has a wrong content reported once, with the file's setting and without the content: %s", (name) => {
    const [fault = "", ...others] = faultsOf({ ...beside, [`${name}_FILE`]: keep("wrong", "hunter2 hunter2") });
    expect(others).toEqual([]);
    expect(fault).toMatch(new RegExp(`^${name}_FILE names a file whose content must be `));
    expect(fault).not.toContain("hunter2");
  });

  it("is not repeated if it was given in place of a path", () => {
    expect(faultsOf({ POLYMINT_PEPPER_FILE: key })).toEqual(["POLYMINT_PEPPER_FILE names a file that cannot be read (ENOENT)"]);
  });

  it("is handed on to the commands of a demonstration as the path that it was given", () => {
    const file = keep("url", values.DATABASE_URL ?? "");
    chmodSync(file, 0o600);
    expect(pickSettings({ DATABASE_URL_FILE: file, PORT_FILE: "x", HOME: "/root" })).toEqual({ DATABASE_URL_FILE: file });
  });
});
