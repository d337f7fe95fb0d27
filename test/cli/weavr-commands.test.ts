import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Resources } from "../../src/process/resources";
import { makeSecretDigest } from "../../src/secrets/secret";
import { makeLoginLocks } from "../../src/store/programmes/login-locks";
import { makeDelegatedClients } from "../../src/store/programmes/delegated-clients";
import { makeOneTimeTokens } from "../../src/store/programmes/one-time-tokens";
import { makeCertificate } from "../../src/testkit/certificate";
import { openOwnCommands, type OwnCommands } from "./own-commands";

jest.setTimeout(120_000);

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const hour = 3_600_000;
let commands: OwnCommands;
let run: OwnCommands["run"];
let json: OwnCommands["json"];
let backing: Resources;

beforeAll(async () => {
  commands = await openOwnCommands();
  ({ run, json, backing } = commands);
  await json(["programme", "create", "--id", "acme"]);
});

afterAll(() => commands.close());

function writeFixture(name: string, content: string | Buffer): string {
  const path = join(commands.folder, name);
  writeFileSync(path, content);
  return path;
}

interface KeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

function makeRsaCertificate(keys: KeyPair = rsa, until = hour): Promise<string> {
  return makeCertificate({ ...keys, commonName: "payroll", notBefore: Date.now() - 2 * hour, notAfter: Date.now() + until });
}

describe("polymint delegated-client", () => {
  const makeCreateArgs = (path: string, ...more: string[]) => [
    "delegated-client",
    "create",
    "--programme",
    "acme",
    "--certificate",
    path,
    ...more,
  ];

  it("create registers a certificate; list, disable and enable show and change its client", async () => {
    const pem = await makeRsaCertificate();
    const path = writeFixture("payroll.crt.pem", `Subject: CN=payroll\n${pem}\n`);
    const made = await run(makeCreateArgs(path, "--id", "payroll", "--name", "Payroll"));
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toMatch(
      /^delegated_client_id +payroll\ncertificate_sha256 +([0-9A-F]{2}:){31}[0-9A-F]{2}\ncertificate_expires_at +\S+Z\n$/,
    );
    const store = makeDelegatedClients(backing.database);
    const kept = await store.find("acme", "payroll");
    expect(kept).toMatchObject({ status: "active", certificate: expect.not.stringContaining("Subject") as string });
    expect(await store.find("other", "payroll")).toBeUndefined();

    const second = await json<Record<string, string>>(makeCreateArgs(path));
    expect(second).toMatchObject({ delegated_client_id: expect.stringMatching(/^[\w-]{22}$/) as string, programme_id: "acme" });
    const list = await json<{ delegated_clients: object[] }>(["delegated-client", "list", "--programme", "acme"]);
    expect(list.delegated_clients).toHaveLength(2);
    expect(list.delegated_clients).toContainEqual({
      delegated_client_id: "payroll",
      name: "Payroll",
      programme_id: "acme",
      status: "active",
      certificate_sha256: second.certificate_sha256,
      certificate_expires_at: expect.stringMatching(isoTime) as string,
      created_at: expect.stringMatching(isoTime) as string,
    });
    const [disabled, text, none] = [
      await run(["delegated-client", "disable", "payroll"]),
      await run(["delegated-client", "list"]),
      await run(["delegated-client", "list", "--programme", "nobody"]),
    ];
    expect(disabled).toEqual({ code: 0, stdout: "Delegated client payroll is disabled.\n", stderr: "" });
    expect(text.stdout).toMatch(/^DELEGATED_CLIENT_ID +NAME +PROGRAMME +STATUS +CERTIFICATE UNTIL\n/);
    expect(text.stdout).toMatch(/^payroll +Payroll +acme +disabled +\S+Z$/m);
    expect(none.stdout).toBe("There are no such delegated clients.\n");
    expect(await json(["delegated-client", "enable", "payroll"])).toEqual({ delegated_client_id: "payroll", status: "active" });
  });

  it("reports the fault of an unusable certificate", async () => {
    const pem = await makeRsaCertificate();
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const privateKey = rsa.privateKey.export({ format: "pem", type: "pkcs8" }) as string;
    const ecCertificate = await makeEcCertificate(ec);
    const cases: [string, string][] = [
      [writeFixture("with-key.pem", privateKey + pem), "holds a private key"],
      [writeFixture("chain.pem", pem + pem), "holds 2 certificates"],
      [writeFixture("public.pem", rsa.publicKey.export({ format: "pem", type: "spki" })), "no X.509 certificate in PEM form"],
      [writeFixture("empty.pem", ""), "no X.509 certificate in PEM form"],
      [writeFixture("certificate.der", Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64")), "no X.509 certificate in PEM form"],
      [writeFixture("cut.pem", `${pem.slice(0, 400)}\n-----END CERTIFICATE-----\n`), "damaged or cut short"],
      [writeFixture("half.pem", pem.slice(0, 400)), "damaged or cut short"],
      [writeFixture("small.pem", await makeRsaCertificate(small)), "key is RSA of 1024 bits; it must have at least 2048"],
      [writeFixture("ec.pem", ecCertificate), "not RSA but ec"],
      [writeFixture("expired.pem", await makeRsaCertificate(rsa, -hour)), "expired on 20"],
    ];
    for (const { ended, said } of await Promise.all(
      cases.map(async ([path, said]) => ({ ended: await run(makeCreateArgs(path)), said })),
    )) {
      expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(said) as string });
    }
    const missing = await run(makeCreateArgs(join(commands.folder, "none.pem")));
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be read") as string });
  });

  it("reports ids and names that are taken, malformed or unknown", async () => {
    const path = writeFixture("good.pem", await makeRsaCertificate());
    await json(makeCreateArgs(path, "--id", "taken"));
    const [taken, badId, noProgramme, unknown, plainClient] = await Promise.all([
      run(makeCreateArgs(path, "--id", "taken")),
      run(makeCreateArgs(path, "--id", "two words", "--name", "a\u0007b")),
      run(makeCreateArgs(path).with(3, "nobody")),
      run(["delegated-client", "disable", "nobody"]),
      run(["delegated-client", "enable", "acme"]),
    ]);
    expect(taken).toMatchObject({ code: 4, stderr: "polymint: There is a delegated client taken already. Choose another --id.\n" });
    expect(badId).toMatchObject({ code: 2, stderr: expect.stringMatching(/an id has 1 to 255[^]*a name has 1 to 200/) as string });
    expect(noProgramme).toMatchObject({ code: 3, stderr: expect.stringContaining("There is no programme nobody.") as string });
    const hint = "`polymint delegated-client list` shows which there are.";
    expect(unknown).toMatchObject({ code: 3, stderr: `polymint: There is no delegated client nobody. ${hint}\n` });
    expect(plainClient.code).toBe(3);
  });
});

/** Makes a self-signed certificate with an EC key. */
async function makeEcCertificate({ privateKey, publicKey }: KeyPair): Promise<string> {
  const { X509CertificateGenerator } = await import("@peculiar/x509");
  const { subtle } = globalThis.crypto;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = {
    privateKey: await subtle.importKey("pkcs8", privateKey.export({ format: "der", type: "pkcs8" }), algorithm, true, ["sign"]),
    publicKey: await subtle.importKey("spki", publicKey.export({ format: "der", type: "spki" }), algorithm, true, ["verify"]),
  };
  const made = await X509CertificateGenerator.createSelfSigned({ name: "CN=ec", keys, signingAlgorithm: algorithm });
  return made.toString("pem");
}

describe("polymint programme delegation", () => {
  const isEnabled = () => makeDelegatedClients(backing.database).isEnabled("acme");

  it("is off until an operator switches it on", async () => {
    expect(await isEnabled()).toBe(false);
    const on = await run(["programme", "delegation", "acme", "--on"]);
    expect(on).toEqual({ code: 0, stdout: "Delegation is on for programme acme.\n", stderr: "" });
    expect(await isEnabled()).toBe(true);
    expect(await json(["programme", "delegation", "acme", "--off"])).toEqual({ programme_id: "acme", delegation: false });
    expect(await isEnabled()).toBe(false);
  });

  it("needs either --on or --off, and a programme that exists", async () => {
    const [neither, both, unknown] = await Promise.all([
      run(["programme", "delegation", "acme"]),
      run(["programme", "delegation", "acme", "--on", "--off"]),
      run(["programme", "delegation", "nobody", "--on"]),
    ]);
    expect([neither.code, both.code, unknown.code]).toEqual([2, 2, 3]);
    expect(neither.stderr).toContain("--on or --off");
  });
});

describe("polymint one-time-token create", () => {
  const findToken = (token: string) => makeOneTimeTokens(backing.database).find(makeSecretDigest(backing.pepper)(token), Date.now());
  let createArgs: string[];
  let user: string;
  let identity: string;
  beforeAll(async () => {
    identity = (await json<Record<string, string>>(["identity", "create", "--programme", "acme", "--type", "CONSUMER"])).identity_id ?? "";
    const args = ["user", "create", "--programme", "acme", "--email", "a@example.net", "--role", "USER", "--password-stdin"];
    user = (await json<Record<string, string>>([...args, "--identity", identity], { input: "correct horse battery" })).user_id ?? "";
    createArgs = ["one-time-token", "create", "--programme", "acme", "--user", user, "--identity", identity];
  });

  it("prints the token once, valid for 120 seconds or for the configured or given lifetime", async () => {
    const before = Math.floor(Date.now() / 1000);
    const made = await run(createArgs);
    const token =
      /^one_time_token {2}(pmo_\S+)\nexpires_at {6}\S+Z\n\nKeep the one_time_token now: it is not shown again\.\n$/.exec(
        made.stdout,
      )?.[1] ?? "";
    const found = await findToken(token);
    expect(found).toMatchObject({
      programmeId: "acme",
      identityId: identity,
      actor: { type: "USER", id: user },
      assurance: "STANDARD",
      spent: false,
    });
    expect(found?.expiresAt).toBeGreaterThanOrEqual(before + 120);

    const configured = await json<Record<string, string>>(createArgs, { env: { ONE_TIME_TOKEN_SECONDS: "3600" } });
    expect(configured).toEqual({
      one_time_token: expect.stringMatching(/^pmo_/) as string,
      expires_at: expect.stringMatching(isoTime) as string,
      programme_id: "acme",
      user_id: user,
      identity_id: identity,
    });
    expect((await findToken(configured.one_time_token ?? ""))?.expiresAt).toBeGreaterThanOrEqual(before + 3600);
    const given = await json<Record<string, string>>([...createArgs, "--lifetime", "3000", "--stepped-up"]);
    const stepped = await findToken(given.one_time_token ?? "");
    expect(stepped).toMatchObject({ assurance: "STEPPED_UP" });
    expect(stepped?.expiresAt).toBeGreaterThanOrEqual(before + 3000);
    expect(stepped?.expiresAt).toBeLessThan(before + 3600);
  });

  it("refuses a user who may not act for the identity", async () => {
    const stranger = (await json<Record<string, string>>(["identity", "create", "--programme", "acme", "--type", "CONSUMER"])).identity_id;
    const [unlinked, nobody, elsewhere, late] = await Promise.all([
      run(createArgs.with(7, stranger ?? "")),
      run(createArgs.with(5, "1")),
      run(createArgs.with(3, "nobody")),
      run([...createArgs, "--lifetime", "3601"]),
    ]);
    for (const ended of [unlinked, nobody, elsewhere]) {
      expect(ended).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("who may act for identity") as string });
    }
    expect(late).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("polymint user list and user unlock", () => {
  it("show which users are locked, and end a lock", async () => {
    await json(["programme", "create", "--id", "locks"]);
    expect(await json(["user", "list", "--programme", "locks"])).toEqual({ users: [], next: null });
    const { identity_id = "" } = await json<Record<string, string>>(["identity", "create", "--programme", "locks", "--type", "CORPORATE"]);
    const args = ["user", "create", "--programme", "locks", "--email", "B@example.net", "--role", "ROOT", "--password-stdin"];
    const { user_id = "" } = await json<Record<string, string>>([...args, "--identity", identity_id], { input: "correct horse battery" });
    const facts = { user_id, email: "b@example.net", role: "ROOT", status: "active", identity_ids: [identity_id] };
    expect(await json(["user", "list", "--programme", "locks"])).toEqual({ users: [{ ...facts, locked_until: null }], next: null });

    const locks = makeLoginLocks({ database: backing.database, digest: makeSecretDigest(backing.pepper) });
    const name = { programmeId: "locks", email: "b@example.net" };
    for (let tries = 0; tries < 5; tries += 1) await locks.recordFailure(name, user_id, Date.now());
    const locked = { ...facts, locked_until: expect.stringMatching(isoTime) as string };
    expect(await json(["user", "list", "--programme", "locks"])).toEqual({ users: [locked], next: null });
    expect(await run(["user", "unlock", user_id])).toMatchObject({ code: 0, stdout: `User ${user_id} is unlocked.\n` });
    expect(await locks.isLocked(name, Date.now())).toBe(false);
    expect(await json(["user", "unlock", user_id])).toEqual({ user_id, was_locked: false });
  });

  it("refuse an unknown user and an unknown programme", async () => {
    const [unlock, list] = await Promise.all([run(["user", "unlock", "1"]), run(["user", "list", "--programme", "nobody"])]);
    expect(unlock).toMatchObject({ code: 3, stdout: "", stderr: expect.stringMatching(/there is no user 1\b/i) as string });
    expect(list).toMatchObject({ code: 3, stdout: "", stderr: expect.stringMatching(/there is no programme nobody\b/i) as string });
  });
});
