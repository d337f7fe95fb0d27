/** `polymint codegen` in a folder outside the checkout. */
import { appendFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { makeFolder, removeFolders } from "../codegen/folders";
import { makePolymint } from "./command";

const spec = `openapi: 3.0.3
info: {title: Acme, version: '1'}
servers: [{url: /}]
paths:
  /acme: {post: {operationId: issueToken, responses: {200: {description: A token.}}}}
`;

/** Makes Node find every package but one. */
const hidePackage = `const Module = require("node:module");
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...others) {
  if (name === "openapi-typescript") throw Object.assign(new Error(\`Cannot find module '\${name}'\`), { code: "MODULE_NOT_FOUND" });
  return resolve.call(this, name, ...others);
};
`;

describe("polymint codegen", () => {
  const root = makeFolder({ "openapi/acme.yaml": spec, "hide-package.cjs": hidePackage });
  const polymint = makePolymint(join(root, "data"));
  const run = (flags: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    polymint.run(["codegen", "--root", root, ...flags], { env });
  afterAll(removeFolders);

  it("generates until Ctrl-C with --watch, and then ends well and leaves nothing that runs", async () => {
    const child = polymint.start(["codegen", "--root", root, "--watch"]);
    child.stdin.end();
    child.stdout.once("data", () => child.kill("SIGINT"));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^watching openapi\/, src\/, test\/; Ctrl-C ends\nwrote generated\/acme.json\n[\s\S]*the watch has ended\n$/);
  });

  it("fails with --check where something would change, and names it", async () => {
    expect(await run(["--check"])).toMatchObject({ code: 0, stdout: "generated/ is up to date: nothing changed\n" });
    appendFileSync(join(root, "generated", "acme.ts"), "// by hand\n");
    expect(await run(["--check"])).toMatchObject({
      code: 1,
      stderr: "polymint: generated/ is out of date; run `polymint codegen`:\n  generated/acme.ts\n",
    });
    expect(await run([])).toMatchObject({ code: 0, stdout: "wrote generated/acme.ts\n" });
    expect(await run(["--check", "--watch"])).toMatchObject({ code: 2 });
  });

  it("reports faults of a spec without a stack, and says which packages it lacks", async () => {
    writeFileSync(join(root, "openapi", "acme.yaml"), spec.replace("issueToken", "issue token"));
    const { code, stderr } = await run([]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("openapi/acme.yaml:5:18: POST /acme: has no operationId") as string]);
    expect(stderr).not.toMatch(/^\s+at .*\(/m);

    rmSync(join(root, "generated"), { recursive: true });
    const lacking = await polymint.runAlone(["codegen", "--root", root], {
      env: { NODE_OPTIONS: `--require ${join(root, "hide-package.cjs")}` },
    });
    expect([lacking.code, existsSync(join(root, "generated"))]).toEqual([1, false]);
    expect(lacking.stderr).toMatch(/: The package openapi-typescript is not installed; .*`npm install --save-dev .* openapi-typescript@/);
  });
});
