/** Every generated collection is run as an integrator runs it: by newman for Postman, and by Bruno's own command in its safe mode. */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareCollectionPrograms } from "../qualities/interop/programs/prepare";
import { type ClientsServer, startClientsServer } from "./clients";

const generated = join(__dirname, "..", "..", "generated", "collections");
const prepared = prepareCollectionPrograms();
if (typeof prepared === "string") process.stderr.write(`${prepared}: the tests of the collections are skipped.\n`);
const modules = typeof prepared === "string" ? "" : prepared.modules;

interface CollectionRun {
  name: string;
  folders: readonly string[];
  /** For the environment. */
  values: Readonly<Record<string, string>>;
  /** The requests, in the order in which they are sent. */
  requests: readonly string[];
}

jest.setTimeout(120_000);

// Skipped only where npm cannot fetch newman and Bruno.
(modules === "" ? describe.skip : describe)("the collections", () => {
  let server: ClientsServer;
  let runs: readonly CollectionRun[];
  const folder = mkdtempSync(join(tmpdir(), "polymint-collections-"));
  beforeAll(async () => {
    server = await startClientsServer({ clock: "real" });
    runs = await planRuns(server);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.polymint.stop();
  });

  it("get five tokens, introspect and revoke them in newman", async () => {
    const inputs = runs.map(({ name, folders, values }) => {
      const environment = readJson(`postman/${name}.postman_environment.json`) as { values: { key: string; value: string }[] };
      for (const each of environment.values) each.value = values[each.key] ?? each.value;
      return { collection: readJson(`postman/${name}.postman_collection.json`), environment, folders };
    });
    const output = await runNode([join(__dirname, "run-newman.js"), modules], { input: JSON.stringify(inputs) });
    const results = JSON.parse(output) as { answers: { name: string; status: number }[]; failures: string[]; token: string }[];
    runs.forEach(({ name, requests }, at) => {
      const answers = requests.map((request) => ({ name: request, status: 200 }));
      expect([name, results[at]?.failures, results[at]?.answers]).toEqual([name, [], answers]);
      if (name !== "services") expect(results[at]?.token).toMatch(/^ey/);
    });
  });

  /** Bruno's command takes two seconds of processor time to start; so the contracts are folders of one collection here, with variables of their own. */
  it("do the same in Bruno's safe mode", async () => {
    const contracts = runs.filter(({ name }) => name !== "services");
    writeFileSync(join(folder, "bruno.json"), '{ "version": "1", "name": "all", "type": "collection" }');
    for (const { name, folders, values } of contracts) {
      for (const each of folders) cpSync(join(generated, "bruno", name, each), join(folder, name, each), { recursive: true });
      const own = { signing_alg: "ES256", ...values, private_key: values.private_pem?.replaceAll("\n", "\\n") ?? "" };
      const lines = Object.entries(own).filter(([key, value]) => key !== "private_pem" && value !== "");
      const variables = lines.map(([key, value]) => `  ${key}: ${value}\n`).join("");
      writeFileSync(join(folder, name, "folder.bru"), `meta {\n  name: ${name}\n}\n\nvars:pre-request {\n${variables}}\n`);
    }
    const report = join(folder, "report.json");
    const paths = contracts.flatMap(({ name, folders }) => folders.map((each) => `${name}/${each}`));
    const output = await runNode([join(modules, ".bin", "bru"), "run", ...paths, "-r", "--reporter-json", report], { cwd: folder });
    const [{ results }] = JSON.parse(readFileSync(report, "utf8")) as [{ results: { response: { status: number } }[] }];
    const answers = results.map(({ response }) => response.status);
    expect([answers, output]).toEqual([contracts.flatMap(({ requests }) => requests.map(() => 200)), output]);
  });
});

/** What is run of each collection, with the credentials of clients that may introspect. */
async function planRuns({ polymint, signer, app, delegate, identity }: ClientsServer): Promise<CollectionRun[]> {
  const make = async (contract: string, scopes: readonly string[]): Promise<Record<string, string>> => {
    const { client, secret } = await polymint.register({ contracts: [contract], scopes, services: ["introspection", "revocation"] });
    return { base_url: polymint.url, client_id: client.id, client_secret: secret?.value ?? "", scope: scopes.join(" ") };
  };
  const folders = ["tokens", "after"];
  const requests = ["client credentials", "introspect", "revoke"];
  const base = { base_url: polymint.url };
  const own = { ...base, client_id: signer.clientId, audience: polymint.issuer };
  const { email, password } = polymint.user;
  const user = { api_key: polymint.clients.weavr.secret, email, password, delegate_id: delegate.id, signing_alg: "RS256" };
  return [
    { name: "abbeycross", folders, requests, values: await make("abbeycross", ["accounts"]) },
    { name: "firstvision", folders, requests, values: await make("firstvision", ["edit"]) },
    { name: "raidiam", folders, requests, values: { ...own, private_key: JSON.stringify(signer.key.jwk), private_pem: signer.key.pem } },
    {
      name: "screening-eagle",
      folders,
      requests,
      values: { ...base, client_id: app.clientId, client_secret: app.clientSecret, scope: "inspect" },
    },
    {
      name: "weavr",
      folders: ["tokens"],
      requests: ["auth token, the login before it", "auth token", "delegated assertion"],
      values: {
        ...{ ...base, ...user, identity_type: identity.identityType, identity_id: identity.identityId },
        ...{ private_key: JSON.stringify(delegate.key.jwk), private_pem: delegate.key.pem },
      },
    },
    {
      name: "services",
      folders: ["discovery", "health"],
      requests: ["readKeys", "readAuthorizationServerMetadata", "readOpenidConfiguration", "readLiveness", "readReadiness"],
      values: base,
    },
  ];
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(generated, path), "utf8"));
}

/** @returns the standard output @throws Error with the standard error, if there is no output at all */
function runNode(args: readonly string[], { input = "", cwd }: { input?: string; cwd?: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env.PATH, HOME: tmpdir() } });
    const said = { out: "", err: "" };
    child.stdout.on("data", (text: Buffer) => (said.out += text.toString()));
    child.stderr.on("data", (text: Buffer) => (said.err += text.toString()));
    child.once("error", reject);
    child.once("close", () => (said.out === "" ? reject(new Error(said.err)) : resolve(said.out)));
    child.stdin.end(input);
  });
}
