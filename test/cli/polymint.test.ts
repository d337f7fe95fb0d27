import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { verify } from "jsonwebtoken";
import { wiring } from "../../generated/wiring";
import { type Resources, openResources } from "../../src/process/resources";
import { readConfig } from "../../src/config";
import type { LedgerEntry } from "../../src/engine/ports/ledger";
import { makeSecretDigest } from "../../src/secrets/secret";
import { isPassword } from "../../src/secrets/password";
import { makeClientRegistry } from "../../src/store/clients/registry";
import { makeClientId } from "../../src/store/database/ids";
import { makeIdentities } from "../../src/store/programmes/identities";
import { makeLedger } from "../../src/store/ledger";
import { makePartitions } from "../../src/store/ledger/partitions";
import { makeUsers } from "../../src/store/programmes/users";
import { type CommandResult, makePolymint, type Polymint, removeDataFolder } from "./command";

jest.setTimeout(60_000);

const root = realpathSync(mkdtempSync(join(tmpdir(), "polymint-cli-")));
chmodSync(root, 0o755);
const polymint: Polymint = makePolymint(join(root, "data"));
const { run, runAlone, json } = polymint;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
let backing: Resources;

/** Opens the embedded database as a running server would; the commands work beside it. */
beforeAll(async () => {
  const config = readConfig(
    { POLYMINT_DATA: join(root, "data") },
    wiring.map(({ name }) => name),
  );
  backing = await openResources(config);
});

afterAll(async () => {
  await backing.close();
  await removeDataFolder(root);
});

function writeFixture(name: string, content: string): string {
  writeFileSync(join(root, name), content);
  return join(root, name);
}

function readError({ stderr }: CommandResult): { code: string; message: string } {
  return (JSON.parse(stderr) as { error: { code: string; message: string } }).error;
}

/** Whether this is a live secret of the client, as the server would find it. */
async function isLiveSecret(id: string, secret: string): Promise<boolean> {
  const client = await makeClientRegistry({ database: backing.database, clock: Date.now }).findById(id);
  const digest = makeSecretDigest(backing.pepper)(secret);
  return client?.secretDigests.some((live) => live.equals(digest)) ?? false;
}

describe("a new database", () => {
  it("has pending migrations until the first command migrates it", async () => {
    const [before, asJson] = await Promise.all([run(["migrate", "--check"]), run(["migrate", "--check", "--json"])]);
    expect(before).toMatchObject({ code: 1, stderr: "" });
    expect(before.stdout).toMatch(/^pending 0001_clients\.js\n/);
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ pending: expect.arrayContaining(["0008_weavr_modes.js"]) as unknown });

    const status = await run(["status", "--json"], { env: { PORT: "1" } });
    expect(status.code).toBe(1);
    expect(JSON.parse(status.stdout)).toMatchObject({
      migrations: { applied: 0, pending: expect.arrayContaining(["0001_clients.js"]) as unknown },
      clients: null,
    });

    expect(await run(["client", "list"])).toEqual({ code: 0, stdout: "There are no such clients.\n", stderr: "" });
    expect(await run(["migrate", "--check"])).toMatchObject({ code: 0, stdout: "The schema is up to date.\n" });
    expect(await json(["migrate"])).toEqual({ migrated: [] });
  });

  it("is migrated only by `polymint migrate` if it lacks some of the migrations", async () => {
    await backing.database.build((knex) =>
      knex.schema.dropTable("otp_challenges").dropTable("one_time_tokens").dropTable("delegated_clients"),
    );
    await backing.database.build((knex) => knex("knex_migrations").where("name", "0008_weavr_modes.js").delete());
    const [refused, asJson] = await Promise.all([run(["client", "list"]), run(["--json", "key", "list"])]);
    expect(refused).toEqual({ code: 1, stdout: "", stderr: "polymint: The database lacks 0008_weavr_modes.js; run `polymint migrate`.\n" });
    expect(asJson.code).toBe(1);
    expect(readError(asJson).code).toBe("migrations_pending");
    expect(await run(["migrate"])).toEqual({ code: 0, stdout: "migrated 0008_weavr_modes.js\n", stderr: "" });
  });
});

describe("polymint client", () => {
  it("create prints a secret that authenticates, and no other command prints it", async () => {
    const args = ["client", "create", "--contract", "abbeycross", "--name", "Acme", "--id", "acme", "--scope", "b a", "--lifetime", "60"];
    const made = await run([...args, "--claim", "userID=1302", "--claim", "region=SG", "--claim", 'n={"deep":[true,"ü"]}']);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const secret =
      /^client_id {6}acme\nclient_secret {2}(pms_[\w-]+)\n\nKeep the client_secret now: it is not shown again\.\n$/.exec(
        made.stdout,
      )?.[1] ?? "";
    expect(await isLiveSecret("acme", secret)).toBe(true);
    expect(await isLiveSecret("acme", `${secret}x`)).toBe(false);

    const [shown, text, list, listText] = await Promise.all([
      json(["client", "show", "acme"]),
      run(["client", "show", "acme"]),
      run(["client", "list", "--json", "--contract", "abbeycross", "--status", "active"]),
      run(["client", "list"]),
    ]);
    expect(shown).toEqual({
      client_id: "acme",
      name: "Acme",
      status: "active",
      contracts: ["abbeycross"],
      services: [],
      grants: ["client_credentials"],
      scopes: ["b", "a"],
      auth_methods: ["client_secret_post"],
      assertion_algorithms: [],
      id_token_signed_response_alg: null,
      jwks: null,
      jwks_uri: null,
      tls_subject: null,
      certificate_bound_tokens: false,
      redirect_uris: [],
      origins: [],
      lifetime_seconds: 60,
      claims: { userID: 1302, region: "SG", n: { deep: [true, "ü"] } },
      secrets: [{ created_at: expect.stringMatching(isoTime) as string, expires_at: null }],
      created_at: expect.stringMatching(isoTime) as string,
      updated_at: expect.stringMatching(isoTime) as string,
    });
    expect(JSON.parse(list.stdout)).toEqual({ clients: [shown], next: null });
    expect(listText.stdout).toMatch(/^CLIENT_ID {2}NAME {2}STATUS {2}MAY USE {5}CREATED\nacme {7}Acme {2}active {2}abbeycross {2}\S+Z\n$/);
    const everything = [JSON.stringify(shown), text.stdout, list.stdout, listText.stdout].join("");
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(secret.slice(4, 30));
    expect(text.stdout).toContain("lifetime              60 s\n");
  });

  it("create takes the algorithm of id tokens, RS256 if none is named, and show tells it", async () => {
    const create = (...args: string[]) => ["client", "create", "--contract", "screening-eagle", "--scope", "openid", ...args];
    const [usual, chosen] = await Promise.all([json(create()), json(create("--id-token-alg", "ES256"))]);
    expect([usual.id_token_signed_response_alg, chosen.id_token_signed_response_alg]).toEqual(["RS256", "ES256"]);
    const { stdout } = await run(["client", "show", String(chosen.client_id)]);
    expect(stdout).toMatch(/^id_token_alg +ES256$/m);
    for (const alg of ["HS256", "none", "rs256"])
      expect(await run(create("--id-token-alg", alg))).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("RS256, ES256, PS256") as string,
      });
    const impossible = await run(create("--id-token-alg", "PS256"));
    expect(impossible.code).not.toBe(0);
    expect(impossible.stderr).toContain("are signed with RS256 or ES256, and not with PS256");
  });

  it("create accepts keys as a set, a single key or a URL, for several contracts and services", async () => {
    const jwk = { ...generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }), kid: "k1" };
    const create = (...args: string[]) => json(["client", "create", "--contract", "raidiam", ...args]);
    const [set, single, remote, both, service] = await Promise.all([
      create("--jwks", writeFixture("set.json", JSON.stringify({ keys: [jwk] })), "--assertion-alg", "ES256"),
      create("--jwks", writeFixture("one.json", JSON.stringify(jwk))),
      create("--jwks", "https://acme.example/jwks"),
      create(
        "--contract",
        "abbeycross",
        "--jwks",
        "https://acme.example/jwks",
        "--auth-method",
        "private_key_jwt",
        "--auth-method",
        "client_secret_post",
        "--grant",
        "client_credentials",
      ),
      json(["client", "create", "--service", "introspection", "--service", "revocation"]),
    ]);
    expect(set).toMatchObject({ jwks: { keys: [jwk] }, jwks_uri: null, assertion_algorithms: ["ES256"] });
    expect(set).not.toHaveProperty("client_secret");
    expect(single).toMatchObject({ jwks: { keys: [jwk] }, assertion_algorithms: ["PS256", "ES256"] });
    expect(remote).toMatchObject({ jwks: null, jwks_uri: "https://acme.example/jwks" });
    expect(both).toMatchObject({ contracts: ["raidiam", "abbeycross"], client_secret: expect.stringMatching(/^pms_/) as string });
    expect(service).toMatchObject({ contracts: [], services: ["introspection", "revocation"] });
  });

  it("create leaves out and names the keys of a set that cannot be used, and refuses a set without a usable one", async () => {
    const makeJwk = (namedCurve: string, kid: string) => ({
      ...generateKeyPairSync("ec", { namedCurve }).publicKey.export({ format: "jwk" }),
      kid,
    });
    const good = makeJwk("P-256", "good");
    const others = [
      { ...generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }), kid: "edwards" },
      makeJwk("P-384", "large"),
      { ...makeJwk("P-256", "encrypting"), use: "enc" },
      { kty: "AKP", alg: "ML-DSA-44", pub: "AAAA", kid: "later" },
      {},
    ];
    const args = (keys: readonly object[]) => [
      ...["client", "create", "--contract", "raidiam"],
      ...["--jwks", writeFixture(`mixed-${keys.length}.json`, JSON.stringify({ keys }))],
    ];
    const [made, forPeople, refused, secret] = await Promise.all([
      json<{ left_out_keys: string[] }>(args([good, ...others])),
      run(args([...others, good, good])),
      run(args(others)),
      run(args([good, ...others, { kty: "oct", k: "AAAA" }, good])),
    ]);
    const faults = [
      /^key 2 \(kid "edwards"\) is neither RSA nor EC/,
      /^key 3 \(kid "large"\) is not on the curve P-256$/,
      /^key 4 \(kid "encrypting"\) is not for signatures/,
      /^key 5 \(kid "later"\) is n/,
      /^key 6 is not a public key/,
    ];
    expect(made).toMatchObject({ jwks: { keys: [good] } });
    expect(made.left_out_keys).toEqual(faults.map((fault) => expect.stringMatching(fault) as string));
    expect(forPeople.stdout).toContain('Left out of the JWKS: key 2 (kid "large") is not on the curve P-256.\n');
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no key of the JWKS can be used: key 1 \(kid "edwards"\)/) as string,
    });
    expect(secret).toMatchObject({ code: 2, stderr: expect.stringContaining("private or secret key") as string });
  });

  it("create accepts redirect URIs, and show prints them", async () => {
    const uris = ["https://app.example.net/cb?a=b", "com.example.app:/cb"];
    const args = ["--id", "eagle-app", "--scope", "openid offline", "--redirect-uri", uris[0] ?? "", "--redirect-uri", uris[1] ?? ""];
    const made = await json(["client", "create", "--contract", "screening-eagle", ...args]);
    expect(made).toMatchObject({ redirect_uris: uris, grants: ["client_credentials", "authorization_code", "refresh_token"] });
    expect(await json(["client", "show", "eagle-app"])).toMatchObject({ redirect_uris: uris });
    expect((await run(["client", "show", "eagle-app"])).stdout).toMatch(
      /^redirect_uris +https:\/\/app\.example\.net\/cb\?a=b,? com\.example\.app:\/cb$/m,
    );
  });

  it("create accepts a certificate subject, and show prints it", async () => {
    const create = (...args: string[]) => json(["client", "create", "--contract", "raidiam", ...args]);
    const [named, hosted, bound] = await Promise.all([
      create("--tls-subject-dn", "CN=acme,O=Acme Ltd,C=GB"),
      create("--tls-san-dns", "acme.example", "--certificate-bound-tokens"),
      create("--jwks", "https://acme.example/jwks", "--certificate-bound-tokens"),
    ]);
    const subject = { kind: "subject_dn", value: "CN=acme,O=Acme Ltd,C=GB" };
    expect(named).toMatchObject({ auth_methods: ["tls_client_auth"], tls_subject: subject, certificate_bound_tokens: false });
    expect(named).not.toHaveProperty("client_secret");
    expect(hosted).toMatchObject({ tls_subject: { kind: "san_dns", value: "acme.example" }, certificate_bound_tokens: true });
    expect(bound).toMatchObject({ auth_methods: ["private_key_jwt"], tls_subject: null, certificate_bound_tokens: true });
    const { stdout } = await run(["client", "show", String(named.client_id)]);
    expect(stdout).toContain("subject_dn CN=acme,O=Acme Ltd,C=GB");
    expect(await json(["client", "show", String(named.client_id)])).toEqual(named);
  });

  it("disable, enable, rotate-secret and delete change a client", async () => {
    const { client_id: id, client_secret: first } = await json<Record<string, string>>(["client", "create", "--contract", "firstvision"]);
    if (id === undefined || first === undefined) throw new Error("no client");
    expect(await run(["client", "disable", id])).toMatchObject({
      code: 0,
      stdout: `Client ${id} is disabled. Running servers follow within two seconds.\n`,
    });
    expect(await json(["client", "list", "--status", "disabled"])).toMatchObject({ clients: [{ client_id: id }] });
    expect(await json(["client", "enable", id])).toEqual({ client_id: id, status: "active" });

    const kept = await run(["client", "rotate-secret", id, "--keep-old", "3600"]);
    const second = /client_secret {2}(pms_\S+)/.exec(kept.stdout)?.[1] ?? "";
    expect(kept.stdout).toMatch(/The old one is good until \d{4}-\S+Z\.\n$/);
    expect(await Promise.all([isLiveSecret(id, first), isLiveSecret(id, second)])).toEqual([true, true]);
    const rotated = await json<Record<string, string>>(["client", "rotate-secret", id, "--keep-old", "0"]);
    expect(rotated).toEqual({ client_id: id, client_secret: expect.stringMatching(/^pms_/) as string, old_expires_at: null });
    const now = await Promise.all([first, second, rotated.client_secret ?? ""].map((secret) => isLiveSecret(id, secret)));
    expect(now).toEqual([false, false, true]);

    const [unasked, unaskedJson] = await Promise.all([run(["client", "delete", id]), run(["client", "delete", id, "--json"])]);
    expect(unasked).toEqual({ code: 2, stdout: "", stderr: "polymint: There is no terminal to ask on; add --yes to delete the client.\n" });
    expect(readError(unaskedJson)).toMatchObject({ code: "usage" });
    expect(await run(["client", "delete", id, "--yes"])).toEqual({ code: 0, stdout: `Client ${id} is deleted.\n`, stderr: "" });
    expect(await run(["client", "show", id])).toMatchObject({ code: 3, stdout: "" });
  });

  it("makes ids that cannot be mistaken for options", () => {
    expect(Array.from({ length: 2_000 }, makeClientId).filter((id) => !/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/.test(id))).toEqual([]);
  });
});

describe("polymint programme, identity and user", () => {
  it("create a programme, its identities and a user whose password can log in", async () => {
    const programme = await run(["programme", "create", "--name", "Acme Treasury", "--id", "treasury"]);
    const apiKey =
      /^programme_id {2}treasury\napi_key {7}(pmk_\S+)\n\nKeep the api_key now: it is not shown again\.\n$/.exec(programme.stdout)?.[1] ??
      "";
    expect(await isLiveSecret("treasury", apiKey)).toBe(true);
    expect(await json(["programme", "create"])).toMatchObject({
      programme_id: expect.any(String) as string,
      api_key: expect.stringMatching(/^pmk_/) as string,
    });
    expect(await json(["client", "create", "--contract", "weavr"])).toMatchObject({ api_key: expect.stringMatching(/^pmk_/) as string });

    const made = await run(["identity", "create", "--programme", "treasury", "--type", "CORPORATE"]);
    const identity = /^identity_id {2}(\d{18})\n$/.exec(made.stdout)?.[1] ?? "";
    const other = await json<Record<string, string>>(["identity", "create", "--programme", "treasury", "--type", "CONSUMER"]);
    expect(other).toMatchObject({ programme_id: "treasury", type: "CONSUMER", status: "active" });

    const create = ["user", "create", "--programme", "treasury", "--email", "Ada@Example.net", "--role", "ROOT", "--password-stdin"];
    const user = await run([...create, "--identity", identity, "--identity", other.identity_id ?? ""], {
      input: "correct hörse battery \n",
    });
    const userId = /^user_id {2}(\d{18})\n$/.exec(user.stdout)?.[1] ?? "";
    const login = await makeUsers(backing.database).findForLogin("treasury", "ada@example.net");
    expect(login).toMatchObject({ id: userId, role: "ROOT", status: "active" });
    expect(
      await Promise.all(
        ["correct hörse battery ", "correct hörse battery", "correct hörse battery \n"].map((each) =>
          isPassword(each, login?.passwordHash),
        ),
      ),
    ).toEqual([true, false, false]);

    expect(await run(["identity", "deactivate", identity])).toMatchObject({ code: 0, stdout: `Identity ${identity} is deactivated.\n` });
    expect(await makeIdentities(backing.database).findLinked(userId, identity)).toMatchObject({ status: "deactivated" });
    expect(await json(["identity", "activate", identity])).toEqual({ identity_id: identity, status: "active" });
    expect(await makeIdentities(backing.database).findLinked(userId, other.identity_id ?? "")).toMatchObject({
      type: "CONSUMER",
      status: "active",
    });

    const again = [...create, "--identity", identity];
    const [taken, unknownIdentity, short, long, binary, twoLines, unfed] = await Promise.all([
      run(again, { input: "correct horse battery" }),
      run([...create.with(5, "b@example.net"), "--identity", "1"], { input: "correct horse battery" }),
      run(again, { input: "1234567\n" }),
      run(again, { input: "x".repeat(129) }),
      run(again, { input: Buffer.from([0xff, ...Buffer.from("correct horse battery")]) }),
      run(again, { input: "correct horse\nbattery staple\n" }),
      run(
        again.filter((word) => word !== "--password-stdin"),
        { input: "correct horse battery" },
      ),
    ]);
    expect(taken).toMatchObject({
      code: 4,
      stderr: "polymint: Programme treasury has a user ada@example.net already. Choose another --email.\n",
    });
    expect(unknownIdentity).toMatchObject({ code: 3, stdout: "" });
    expect([short.code, long.code, binary.code, twoLines.code, unfed.code]).toEqual([2, 2, 2, 2, 2]);
    expect(short.stderr).toContain("12 to 128 characters");
    expect([short, long, binary, twoLines].map(({ stderr }) => stderr).join()).not.toContain("1234567");
  });
});

describe("polymint token", () => {
  it("list and show read the ledger, and revoke changes it", async () => {
    const now = Math.floor(Date.now() / 1000);
    const made = ((now - 7200) * 1000).toString(16).padStart(12, "0");
    const jtis = [1, 2].map((n) => `${made.slice(0, 8)}-${made.slice(8)}-7d3a-9b1f-00000000000${n}`);
    const ledger = makeLedger({ database: backing.database, partitions: makePartitions(backing.database) });
    for (const [index, jti] of jtis.entries()) {
      const times = { issuedAt: now - 7200, expiresAt: index === 0 ? now + 3600 : now - 3600 };
      const entry: LedgerEntry = {
        jti,
        ...times,
        contract: "raidiam",
        clientId: "robot",
        grant: "client_credentials",
        subject: "robot\u001b[31m",
        actor: null,
        scope: "a b",
      };
      await ledger.record(entry);
    }
    const [live = "", dead = ""] = jtis;
    const list = await json<{ tokens: Record<string, unknown>[] }>(["token", "list", "--client", "robot", "--contract", "raidiam"]);
    expect(list.tokens.map(({ jti, state }) => [jti, state])).toEqual([
      [dead, "expired"],
      [live, "active"],
    ]);
    const [active, one, text, shown, shownText] = await Promise.all([
      json(["token", "list", "--client", "robot", "--active"]),
      json(["token", "list", "--limit", "1"]),
      run(["token", "list", "--client", "robot"]),
      json(["token", "show", live]),
      run(["token", "show", live]),
    ]);
    expect(active).toMatchObject({ tokens: [{ jti: live }] });
    expect(one).toMatchObject({ tokens: [{ jti: dead }] });
    expect(text.stdout.split("\n")[0]).toMatch(/^JTI +STATE +CONTRACT +CLIENT +SUBJECT +SCOPE +ISSUED +EXPIRES$/);
    expect(text.stdout).not.toContain("\u001b");
    expect(shown).toEqual({
      jti: live,
      state: "active",
      contract: "raidiam",
      client_id: "robot",
      grant_type: "client_credentials",
      subject: "robot\u001b[31m",
      actor: null,
      scope: "a b",
      family: null,
      issued_at: expect.stringMatching(isoTime) as string,
      expires_at: expect.stringMatching(isoTime) as string,
      revoked_at: null,
    });
    expect(shownText.stdout).toContain("grant_type  client_credentials\n");

    expect(await run(["token", "revoke", live])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ is revoked, since \S+Z\.\n$/) as string,
    });
    const again = await json(["token", "revoke", live]);
    expect(again).toMatchObject({ state: "revoked", revoked_at: expect.stringMatching(isoTime) as string });
    const codes = await Promise.all([run(["token", "show", "0198c9a1-7c1e-7d3a-9b1f-999999999999"]), run(["token", "revoke", "nonsense"])]);
    expect(codes.map(({ code }) => code)).toEqual([3, 3]);
  });
});

describe("polymint key", () => {
  interface Keys {
    keys: Record<string, string | null>[];
    warnings?: string[];
  }

  it("rotate makes a next key, or an active one with --now, and list shows their states", async () => {
    const env = { KEY_LEAD_SECONDS: "500" };
    expect(await run(["key", "list"])).toMatchObject({ code: 0, stdout: "There are no keys yet; the server makes them when it starts.\n" });
    expect(await run(["key", "rotate"])).toMatchObject({ code: 3 });
    for (const alg of ["ES256", "HS256"])
      expect(await json(["key", "rotate", "--alg", alg])).toMatchObject({ keys: [{ algorithm: alg, state: "active" }] });

    const next = await json<Keys>(["key", "rotate"], { env });
    expect(next.keys.map(({ algorithm, state }) => [algorithm, state])).toEqual([
      ["ES256", "next"],
      ["HS256", "next"],
    ]);
    const lead = next.keys.map((key) => (Date.parse(key.active_from ?? "") - Date.parse(key.created_at ?? "")) / 1000);
    expect(lead).toEqual([500, 500]);
    const sooner = await run(["key", "rotate", "--alg", "ES256", "--now"]);
    expect(sooner.stdout).toMatch(/^KID +ALGORITHM +STATE +CREATED +SIGNS FROM +RETIRES +EXPIRES\n\S+ +ES256 +active /);
    expect(sooner.stderr).toMatch(/^polymint: Servers that cache the key set refuse tokens.*\npolymint: A next ES256 key was waiting/);

    const { keys } = await json<Keys>(["key", "list"]);
    expect(keys.map(({ algorithm, state }) => `${algorithm ?? ""} ${state ?? ""}`)).toEqual([
      "ES256 retired",
      "ES256 next",
      "ES256 active",
      "HS256 active",
      "HS256 next",
    ]);
    expect(keys[0]).toMatchObject({
      kid: expect.any(String) as string,
      retires_at: expect.stringMatching(isoTime) as string,
      expires_at: expect.stringMatching(isoTime) as string,
    });
    expect(keys[2]).toMatchObject({ retires_at: null, expires_at: null });

    const foreign = await run(["key", "rotate"], { env: { POLYMINT_MASTER_KEY: Buffer.alloc(32).toString("base64") } });
    expect(foreign).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("POLYMINT_MASTER_KEY is not the one") as string });
  });
});

describe("polymint assertion", () => {
  const pair = { ec: generateKeyPairSync("ec", { namedCurve: "P-256" }), rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }) };
  const args = (key: string, ...more: string[]) => [
    "assertion",
    "--client-id",
    "acme",
    "--key",
    key,
    "--audience",
    "http://localhost:3000",
    ...more,
  ];

  it("prints only a signed JWT, and needs no configuration", async () => {
    const ec = writeFixture("ec.pem", pair.ec.privateKey.export({ format: "pem", type: "pkcs8" }) as string);
    const rsa = writeFixture("rsa.jwk", JSON.stringify({ ...pair.rsa.privateKey.export({ format: "jwk" }), kid: "own", alg: "RS256" }));
    const env = { PORT: "not a port" };
    const [first, second, third] = await Promise.all([
      run(args(ec), { env }),
      run(args(rsa, "--lifetime", "30"), { env }),
      json<Record<string, string>>(args(rsa, "--alg", "PS256", "--kid", "-k"), { env }),
    ]);
    expect(first).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/) as string });
    const opened = verify(first.stdout.trim(), createPublicKey(pair.ec.privateKey), { algorithms: ["ES256"], complete: true });
    expect(opened.header).toEqual({ alg: "ES256", typ: "JWT" });
    const claims = opened.payload as Record<string, unknown>;
    expect(claims).toMatchObject({ iss: "acme", sub: "acme", aud: "http://localhost:3000", jti: expect.any(String) as string });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(60);
    const own = verify(second.stdout.trim(), pair.rsa.publicKey, { algorithms: ["RS256"], complete: true });
    expect(own.header.kid).toBe("own");
    expect(Number((own.payload as Record<string, unknown>).exp) - Number((own.payload as Record<string, unknown>).iat)).toBe(30);
    expect(verify(third.client_assertion ?? "", pair.rsa.publicKey, { algorithms: ["PS256"], complete: true }).header.kid).toBe("-k");
    expect(third.client_assertion_type).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  });

  it("reports the fault of an unusable key", async () => {
    const sealed = pair.rsa.privateKey.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "x" }) as string;
    const cases = [
      [join(root, "none.pem"), "cannot be read"],
      [writeFixture("public.pem", pair.ec.publicKey.export({ format: "pem", type: "spki" }) as string), "no private key"],
      [writeFixture("sealed.pem", sealed), "has a passphrase"],
      [
        writeFixture(
          "small.pem",
          generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ format: "pem", type: "pkcs8" }) as string,
        ),
        "does not fit PS256",
      ],
    ] as const;
    for (const { ended, said } of await Promise.all(cases.map(async ([key, said]) => ({ ended: await run(args(key)), said })))) {
      expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(said) as string });
    }
  });
});

describe("a failed command", () => {
  const unreachable = {
    DATABASE_URL: "postgres://polymint@127.0.0.1:1/polymint",
    POLYMINT_PEPPER: Buffer.alloc(32, 1).toString("base64"),
    POLYMINT_MASTER_KEY: Buffer.alloc(32, 2).toString("base64"),
  };

  it.each<[string, number, string, string[], Record<string, string>]>([
    ["an unknown command", 2, "usage", ["clinet"], {}],
    ["an unknown option", 2, "usage", ["client", "list", "--stauts", "x"], {}],
    ["a group without a command", 2, "usage", ["client"], {}],
    ["no command", 2, "usage", [], {}],
    ["a missing argument", 2, "usage", ["client", "show"], {}],
    ["too many arguments", 2, "usage", ["client", "show", "a", "b"], {}],
    ["a value out of its range", 2, "usage", ["token", "list", "--limit", "0"], {}],
    ["an unknown grant", 2, "usage", ["client", "create", "--contract", "abbeycross", "--grant", "password"], {}],
    ["a claim without a name", 2, "usage", ["client", "create", "--contract", "abbeycross", "--claim", "=x"], {}],
    [
      "a number that would be rounded",
      2,
      "usage",
      ["client", "create", "--contract", "abbeycross", "--claim", "a=12345678901234567890"],
      {},
    ],
    ["a NUL in a claim", 2, "usage", ["client", "create", "--contract", "abbeycross", "--claim", 'a="\\u0000"'], {}],
    ["a missing JWKS file", 2, "usage", ["client", "create", "--contract", "raidiam", "--jwks", "/nowhere"], {}],
    [
      "two certificate subjects",
      2,
      "usage",
      ["client", "create", "--contract", "raidiam", "--tls-san-dns", "acme.example", "--tls-san-uri", "https://acme.example"],
      {},
    ],
    [
      "a malformed certificate subject",
      2,
      "unfit_registration",
      ["client", "create", "--contract", "raidiam", "--tls-subject-dn", "acme"],
      {},
    ],
    ["an unknown contract", 2, "usage", ["client", "list", "--contract", "sixth"], {}],
    ["a client that fits no contract", 2, "unfit_registration", ["client", "create", "--contract", "sixth"], {}],
    ["a client without keys", 2, "unfit_registration", ["client", "create", "--contract", "raidiam"], {}],
    ["a client without a use", 2, "unfit_registration", ["client", "create"], {}],
    [
      "an unsafe redirect URI",
      2,
      "unfit_registration",
      ["client", "create", "--contract", "screening-eagle", "--redirect-uri", "http://app.example.net/cb"],
      {},
    ],
    [
      "the authorization_code grant and no redirect URI",
      2,
      "unfit_registration",
      ["client", "create", "--contract", "screening-eagle", "--grant", "authorization_code"],
      {},
    ],
    ["a fault of the configuration", 2, "configuration", ["client", "list"], { PORT: "x", WORKERS: "0" }],
    [
      "missing secrets",
      2,
      "configuration",
      ["client", "list"],
      { DATABASE_URL: unreachable.DATABASE_URL, POLYMINT_DATA: join(root, "nowhere") },
    ],
    ["another pepper", 2, "configuration", ["client", "list"], { POLYMINT_PEPPER: Buffer.alloc(32, 3).toString("base64") }],
    ["a malformed database URL", 2, "configuration", ["client", "list"], { ...unreachable, DATABASE_URL: "postgres://u:p%word@h/d" }],
    ["an unknown client", 3, "not_found", ["client", "disable", "nobody"], {}],
    ["an unknown programme", 3, "not_found", ["identity", "create", "--programme", "nobody", "--type", "CORPORATE"], {}],
    ["an unknown identity", 3, "not_found", ["identity", "deactivate", "1"], {}],
    ["an id that is taken", 4, "conflict", ["client", "create", "--contract", "abbeycross", "--id", "acme"], {}],
    ["an unreachable database", 5, "database_unavailable", ["client", "list"], unreachable],
  ])("with %s exits with %i", async (_what, exit, code, args, env) => {
    const [asJson, forPeople] = await Promise.all([run(["--json", ...args], { env }), run(args, { env })]);
    expect([asJson.code, asJson.stdout, forPeople.code, forPeople.stdout]).toEqual([exit, "", exit, ""]);
    expect(readError(asJson)).toEqual({ code, message: expect.stringMatching(/^[A-Z"-`].*\.$/s) as string });
    expect(forPeople.stderr).toMatch(/^(polymint: |Usage: )/);
    expect(forPeople.stderr + asJson.stderr).not.toMatch(/^ +at /m);
    expect(forPeople.stderr + asJson.stderr).not.toMatch(/word@h/);
  });

  it("refuses to rotate the secret of a client that has none", async () => {
    const { client_id: id } = await json<Record<string, string>>([
      "client",
      "create",
      "--contract",
      "raidiam",
      "--jwks",
      "https://acme.example/jwks",
    ]);
    expect(await run(["client", "rotate-secret", id ?? ""])).toMatchObject({ code: 4 });
  });

  it("prints the stack only if LOG_LEVEL is debug", async () => {
    const { stderr, code } = await runAlone(["client", "show", "nobody"], { env: { LOG_LEVEL: "debug" } });
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^polymint: There is no client nobody\. `polymint client list` shows which there are\.\nNotFoundError: .*\n +at /,
    );
  });
});

describe("polymint --version", () => {
  it("prints the version of package.json, and as JSON that of Node and the newest migration, wherever it stands", async () => {
    const { version } = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8")) as { version: string };
    expect(await runAlone(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    const facts = { version, node: process.versions.node, migration: expect.stringMatching(/^\d{4}_\w+\.js$/) as string };
    expect(JSON.parse((await run(["client", "delete", "acme", "-V", "--json"])).stdout)).toEqual(facts);
  });
});

describe("polymint serve", () => {
  it("issues tokens to clients that other processes register, and exits on SIGTERM", async () => {
    const port = await findFreePort();
    const server = polymint.start(["serve"], { PORT: String(port), WORKERS: "1", LOG_LEVEL: "silent" });
    server.stdout.resume();
    server.stderr.resume();
    const ended = once(server, "exit");
    try {
      await waitUntil(async () => (await fetch(`http://localhost:${port}/health/ready`)).status === 200);
      const { client_id, client_secret } = await json(["client", "create", "--contract", "abbeycross"]);
      const body = JSON.stringify({ client_id, client_secret });
      const answer = await fetch(`http://localhost:${port}/v1/oauth/token`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
      });
      expect(answer.status).toBe(200);
      expect(await json(["token", "list", "--client", String(client_id), "--active"])).toMatchObject({
        tokens: [{ contract: "abbeycross" }],
      });
      const status = await run(["status", "--json"], { env: { PORT: String(port) } });
      expect(status.code).toBe(0);
      const { active } = (JSON.parse(status.stdout) as { clients: { active: number } }).clients;
      expect(JSON.parse(status.stdout)).toEqual({
        version: expect.any(String) as string,
        servers: [{ url: `http://127.0.0.1:${port}`, state: "ready", sandbox: false }],
        database: { kind: "embedded", folder: join(root, "data"), state: "running" },
        migrations: { applied: expect.any(Number) as number, pending: [] },
        contracts: wiring.map(({ name }) => name),
        clients: { active, disabled: 0 },
        lost_tokens: 0,
        keys: expect.arrayContaining([{ algorithm: "RS256", active: expect.any(String) as string, next: null }]) as unknown,
        sandbox: false,
      });
      expect(active).toBeGreaterThan(0);
      const second = await run(["serve", "--json"], { env: { PORT: String(port), WORKERS: "1" } });
      expect(second.code).toBe(1);
      expect(readError(second).message).toMatch(/choose another one with PORT/);
    } finally {
      server.kill("SIGTERM");
    }
    expect(await ended).toEqual([0, null]);
  });
});

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    if (await condition().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error("the condition did not hold within 15 s");
}
