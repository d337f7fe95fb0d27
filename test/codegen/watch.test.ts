import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { watchProject } from "../../src/codegen/watch";
import { until } from "../harness/installed-server";
import { makeFolder, removeFolders } from "./folders";

afterAll(removeFolders);

const makeSpec = (id: string) => `openapi: 3.0.3
info: {title: Acme, version: '1'}
servers: [{url: /}]
paths:
  /token: {post: {operationId: ${id}, responses: {200: {description: A token.}}}}
`;

const makeContract = (id: string) =>
  `import type { operations } from "../../../generated/acme";\nexport default { ${id}: 1 } satisfies Record<keyof operations, number>;\n`;

const tsconfig = {
  compilerOptions: { strict: true, noEmit: true, module: "node16", types: [], lib: ["es2023"], resolveJsonModule: true },
  include: ["src", "generated"],
};

/** A project that is small enough to be checked in a moment: what it has of polymint are declarations. */
const project = {
  "tsconfig.json": JSON.stringify(tsconfig),
  "node_modules/polymint/contract.d.ts":
    "export declare function wire<Ops, Name extends string>(name: Name, spec: object, contract: Record<keyof Ops, number>): Ops;\n",
  "node_modules/polymint/client.d.ts":
    "export type ClientOptions = object;\nexport type RequestClient<Paths> = Paths;\n" +
    "export declare function makeRequestClient<Paths>(options: object, prefix: string): Paths;\n",
  "openapi/acme.yaml": makeSpec("issueToken"),
};

describe("codegen that watches", () => {
  it("generates and checks types at every change, survives faults, and says when all is well again", async () => {
    const folder = makeFolder(project);
    const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
    const said: string[] = [];
    let timesWell = 0;
    const stop = new AbortController();
    const watching = watchProject(folder, { say: (line) => said.push(line), onWell: () => (timesWell += 1), signal: stop.signal });
    /** Waits until a line is said, and forgets it with those before it. */
    const hear = async (what: string) => {
      await until(`the watch says ${what}`, () => said.some((line) => line.includes(what)), 20_000);
      return said.splice(0).join("\n");
    };

    expect(await hear("TS2307")).toContain("wrote generated/acme.json\nwrote generated/acme.ts\nwrote generated/clients/acme.ts\n");
    mkdirSync(join(folder, "src", "contracts", "acme"), { recursive: true });
    write("src/contracts/acme/index.ts", makeContract("issueToken"));
    await hear("all is well");
    expect(timesWell).toBe(1);

    write("openapi/acme.yaml", makeSpec("issue token"));
    await hear("openapi/acme.yaml:5:19: POST /token: has no operationId that is a name");
    write("openapi/acme.yaml", makeSpec("issueAcmeToken"));
    expect(await hear("TS2")).toContain("src/contracts/acme/index.ts(2,");
    write("src/contracts/acme/index.ts", makeContract("issueAcmeToken"));
    await hear("all is well");
    expect(timesWell).toBe(2);

    rmSync(join(folder, "openapi"), { recursive: true });
    await hear("does not exist");
    stop.abort();
    await watching;
  }, 60_000);
});
