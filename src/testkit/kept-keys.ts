import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Keeps a private key in the temporary folder for the suites that come later: to make an RSA key takes 0.2 s of CPU time.
 * Two suites may make the same key at once; both use the one that was stored last, or their own.
 * @param name of the key; a suite that needs different keys gives them different names
 */
export async function keepKey(name: string, make: () => Promise<string>): Promise<string> {
  const folder = join(tmpdir(), `polymint-testkit-keys-${process.getuid?.() ?? "user"}`);
  const file = join(folder, name);
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const made = await make();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}-${randomUUID()}`;
  writeFileSync(draft, made, { mode: 0o600 });
  renameSync(draft, file);
  return made;
}
