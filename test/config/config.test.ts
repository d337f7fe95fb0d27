import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { wiring } from "../../generated/wiring";
import { chooseSandbox, type Config, readConfig, readContractsFolder, readServerConfig, secretSettings, settings } from "../../src/config";
import { ConfigurationError } from "../../src/config/reader";
import { faultsOf } from "./faults-of";

const contracts = wiring.map(({ name }) => name);
const key = Buffer.alloc(32, 7).toString("base64");

const defaults: Config = {
  host: "127.0.0.1",
  port: 3000,
  issuer: "http://localhost:3000",
  tls: undefined,
  clientCa: undefined,
  tlsUrl: undefined,
  trustedProxies: [],
  clientCertHeader: undefined,
  databaseUrl: undefined,
  data: { folder: resolve(".polymint"), explicit: false },
  workers: availableParallelism(),
  pepper: undefined,
  masterKey: undefined,
  newMasterKey: undefined,
  contracts: { enabled: contracts, opensAt: new Map(), prefixes: new Map(), hosts: new Map() },
  tokens: {
    algorithms: new Map(),
    refreshGraceSeconds: 10,
    assertionMaxSeconds: 3600,
    userLogins: { maxSeconds: 43_200, stepUpSeconds: 900 },
  },
  edge: { maxInFlight: 1000, requestWaitMs: 1250, hstsSubdomains: false },
  logLevel: "info",
  docs: undefined,
  serve: "all",
  serveMaxLagSeconds: 60,
  databasePool: 8,
  databaseConnectTimeoutMs: 1000,
  databaseStatementTimeoutMs: 800,
  databasePooler: "none",
  databaseRequireSync: false,
  sandboxDatabase: undefined,
  drainAcceptMs: 1000,
  drainSeconds: 20,
  retentionSeconds: 86_400,
  keyLeadSeconds: 900,
  partitionsAhead: 8,
  oneTimeTokenSeconds: 120,
  limits: {
    failures: { count: 1000, windowSeconds: 60 },
    failuresFrom: { count: 200, windowSeconds: 900 },
    perClient: undefined,
    perApiKey: undefined,
    perSource: undefined,
    perPerson: { count: 10, windowSeconds: 86_400 },
    userLoginsFrom: { count: 50, windowSeconds: 900 },
    userLoginsOf: { count: 200, windowSeconds: 900 },
    devicesFrom: { count: 60, windowSeconds: 600 },
    devicesOf: { count: 6000, windowSeconds: 600 },
  },
  redisUrl: undefined,
  metrics: undefined,
  auditRefusals: 5,
  tracesUrl: undefined,
  tracesHeaders: {},
  otpWebhookUrl: undefined,
};

/** The name of every setting, with one for each contract where it says <CONTRACT>. */
const names = settings.flatMap(({ name }) =>
  name.includes("<CONTRACT>")
    ? contracts.map((contract) => name.replace("<CONTRACT>", contract.toUpperCase().replaceAll("-", "_")))
    : [name],
);

describe("the configuration", () => {
  it("has a default for everything", () => {
    expect(readConfig({}, contracts)).toEqual(defaults);
  });

  it("treats an empty or blank setting as absent", () => {
    expect(readConfig(Object.fromEntries(names.map((name) => [name, ""])), contracts)).toEqual(defaults);
    expect(readConfig(Object.fromEntries(names.map((name) => [name, " \t"])), contracts)).toEqual(defaults);
  });

  it("reads every setting", () => {
    const environment = {
      PORT: "8080",
      HOST: "0.0.0.0",
      ISSUER: "https://tokens.example/base",
      TLS_URL: "https://mtls.tokens.example",
      TRUSTED_PROXIES: "10.1.0.0/16, ::1,192.0.2.7",
      CLIENT_CERT_HEADER: "X-SSL-Client-Cert",
      DATABASE_URL: "postgresql://polymint@db.example/polymint",
      POLYMINT_DATA: "some/where",
      WORKERS: " 3 ",
      POLYMINT_PEPPER: key,
      POLYMINT_MASTER_KEY: Buffer.alloc(32, 255).toString("base64url"),
      POLYMINT_NEW_MASTER_KEY: Buffer.alloc(32, 9).toString("base64"),
      CONTRACTS: "weavr, raidiam,",
      SIGNING_ALG_WEAVR: "RS256",
      SIGNING_ALG_SCREENING_EAGLE: "PS256",
      LOG_LEVEL: "debug",
      DOCS: "off",
      MAX_IN_FLIGHT: "10",
      HSTS_SUBDOMAINS: "on",
      SERVE: "read",
      SERVE_MAX_LAG_SECONDS: "5",
      DATABASE_POOL: "4",
      DATABASE_CONNECT_TIMEOUT_MS: "50",
      DATABASE_POOLER: "transaction",
      DATABASE_STATEMENT_TIMEOUT_MS: "60000",
      DATABASE_REQUIRE_SYNC: "1",
      DATABASE_REQUEST_WAIT_MS: "5000",
      DRAIN_ACCEPT_MS: "0",
      DRAIN_SECONDS: "0",
      RETENTION_SECONDS: "1",
      KEY_LEAD_SECONDS: "301",
      SANDBOX_DATABASE: "polymint",
      PARTITIONS_AHEAD: "3",
      REFRESH_GRACE_SECONDS: "0",
      ASSERTION_MAX_SECONDS: "300",
      USER_LOGIN_MAX_SECONDS: "3600",
      USER_STEP_UP_SECONDS: "60",
      ONE_TIME_TOKEN_SECONDS: "3600",
      OTP_WEBHOOK_URL: "http://localhost:8025/otp?key=1",
      FAILURE_LIMIT_ADDRESS: "off",
      FAILURE_LIMIT_SOURCE: "100/60",
      RATE_LIMIT_CLIENT: "600/60",
      RATE_LIMIT_API_KEY: "off",
      RATE_LIMIT_SOURCE: "1/86400",
      LOGIN_LIMIT_PERSON: "30/3600",
      LOGIN_LIMIT_SOURCE: "70/600",
      LOGIN_LIMIT_PROGRAMME: "off",
      DEVICE_LIMIT_SOURCE: "5/60",
      DEVICE_LIMIT_CLIENT: "off",
      REDIS_URL: "rediss://:secret@redis.example:6380/1",
      METRICS_PORT: "9464",
      METRICS_HOST: "::1",
      METRICS_TOKEN: "0123456789abcdef",
      AUDIT_REFUSALS: "0",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc, x-tenant=a=b,",
    };
    expect(readConfig(environment, contracts)).toEqual({
      host: "0.0.0.0",
      port: 8080,
      issuer: "https://tokens.example/base",
      // The listener itself reads files: test/config/tls.test.ts.
      tls: undefined,
      clientCa: undefined,
      tlsUrl: "https://mtls.tokens.example",
      trustedProxies: ["10.1.0.0/16", "::1", "192.0.2.7"],
      clientCertHeader: "x-ssl-client-cert",
      databaseUrl: "postgresql://polymint@db.example/polymint",
      data: { folder: resolve("some/where"), explicit: true },
      workers: 3,
      pepper: Buffer.alloc(32, 7),
      masterKey: Buffer.alloc(32, 255),
      newMasterKey: Buffer.alloc(32, 9),
      // Working hours are functions: test/config/working-hours.test.ts.
      contracts: { enabled: ["weavr", "raidiam"], opensAt: new Map(), prefixes: new Map(), hosts: new Map() },
      tokens: {
        algorithms: new Map([
          ["screening-eagle", "PS256"],
          ["weavr", "RS256"],
        ]),
        refreshGraceSeconds: 0,
        assertionMaxSeconds: 300,
        userLogins: { maxSeconds: 3600, stepUpSeconds: 60 },
      },
      edge: { maxInFlight: 10, requestWaitMs: 5000, hstsSubdomains: true },
      logLevel: "debug",
      serve: "read",
      serveMaxLagSeconds: 5,
      databasePool: 4,
      databaseConnectTimeoutMs: 50,
      databaseStatementTimeoutMs: 60_000,
      databasePooler: "transaction",
      databaseRequireSync: true,
      drainAcceptMs: 0,
      drainSeconds: 0,
      retentionSeconds: 1,
      keyLeadSeconds: 301,
      partitionsAhead: 3,
      sandboxDatabase: "polymint",
      oneTimeTokenSeconds: 3600,
      limits: {
        failures: undefined,
        failuresFrom: { count: 100, windowSeconds: 60 },
        perClient: { count: 600, windowSeconds: 60 },
        perApiKey: undefined,
        perSource: { count: 1, windowSeconds: 86_400 },
        perPerson: { count: 30, windowSeconds: 3600 },
        userLoginsFrom: { count: 70, windowSeconds: 600 },
        userLoginsOf: undefined,
        devicesFrom: { count: 5, windowSeconds: 60 },
        devicesOf: undefined,
      },
      redisUrl: "rediss://:secret@redis.example:6380/1",
      metrics: { host: "::1", port: 9464, token: "0123456789abcdef" },
      auditRefusals: 0,
      tracesUrl: "http://collector:4318/v1/traces",
      tracesHeaders: { authorization: "Bearer abc", "x-tenant": "a=b" },
      docs: false,
      otpWebhookUrl: "http://localhost:8025/otp?key=1",
    } satisfies Config);
  });

  it("refuses to only read an embedded PostgreSQL, to which nobody would write", () => {
    expect(faultsOf({ SERVE: "read" })).toEqual([expect.stringMatching(/^SERVE=read needs DATABASE_URL/)]);
  });

  it("derives the issuer from the port", () => {
    expect(readConfig({ PORT: "8080" }, contracts).issuer).toBe("http://localhost:8080");
  });

  it("has no port without TLS only beside one with TLS", () => {
    expect(faultsOf({ PORT: "off" })).toEqual(["PORT must be a port unless there is TLS_PORT: the server would not listen"]);
  });
});

/** One faulty value per setting that can have one. */
const faulty: Record<string, string> = {
  PORT: "80a80",
  HOST: "no host!",
  ISSUER: "tokens.example",
  TLS_PORT: "70000",
  TLS_HOST: "no host!",
  TLS_CERT: "/nowhere/hunter2.crt",
  TLS_KEY: "/nowhere/hunter2.key",
  TLS_CLIENT_CA: "/nowhere/hunter2.pem",
  TLS_URL: "http://hunter2.example",
  TRUSTED_PROXIES: "10.1.0.0/16,hunter2",
  CLIENT_CERT_HEADER: "hunter2, Client-Cert",
  DATABASE_URL: "mysql://root:hunter2-in-url@db/polymint",
  WORKERS: "0",
  POLYMINT_PEPPER: "hunter2-as-a-pepper",
  POLYMINT_MASTER_KEY: `${key}hunter2`,
  CONTRACTS: "weavr,hunter2",
  SIGNING_ALG_WEAVR: "none-hunter2",
  SIGNING_ALG_FIRSTVISION: "rs256",
  LOG_LEVEL: "verbose",
  MAX_IN_FLIGHT: "-1",
  HSTS_SUBDOMAINS: "hunter2",
  SERVE: "hunter2",
  SERVE_MAX_LAG_SECONDS: "1",
  DATABASE_POOL: "1.5",
  DATABASE_CONNECT_TIMEOUT_MS: "1s",
  DATABASE_STATEMENT_TIMEOUT_MS: "0x100",
  DATABASE_REQUEST_WAIT_MS: "0",
  DATABASE_REQUIRE_SYNC: "hunter2",
  DRAIN_SECONDS: "1e3",
  RETENTION_SECONDS: "99999999999999999",
  KEY_LEAD_SECONDS: "300",
  PARTITIONS_AHEAD: "2",
  REFRESH_GRACE_SECONDS: "601",
  ASSERTION_MAX_SECONDS: "59",
  ONE_TIME_TOKEN_SECONDS: "0",
  OTP_WEBHOOK_URL: "http://hunter2.example/otp",
  FAILURE_LIMIT_ADDRESS: "20",
  FAILURE_LIMIT_SOURCE: "200 in 900",
  RATE_LIMIT_CLIENT: "600/0",
  RATE_LIMIT_API_KEY: "0/7200",
  RATE_LIMIT_SOURCE: "600/86401",
  LOGIN_LIMIT_PERSON: "10",
  LOGIN_LIMIT_SOURCE: "50",
  LOGIN_LIMIT_PROGRAMME: "200/",
  DEVICE_LIMIT_SOURCE: "0/600",
  DEVICE_LIMIT_CLIENT: "600",
  REDIS_URL: "http://hunter2",
  HOURS_ABBEYCROSS: "{hunter2",
  METRICS_PORT: "70000",
  METRICS_HOST: "no host!",
  METRICS_TOKEN: "hunter2",
  AUDIT_REFUSALS: "1001",
  OTEL_EXPORTER_OTLP_ENDPOINT: "collector.hunter2:4318",
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "grpc://hunter2",
  OTEL_EXPORTER_OTLP_HEADERS: "authorization: hunter2",
};

describe("a faulty configuration", () => {
  it("is reported all at once, with one sentence per setting", () => {
    const faults = faultsOf(faulty);
    expect(faults.map((fault) => fault.split(" ")[0]).sort()).toEqual(Object.keys(faulty).sort());
    const thrown = new ConfigurationError(faults);
    expect(thrown.message.split("\n")[0]).toBe(`The configuration has ${Object.keys(faulty).length} faults:`);
    for (const fault of faults) expect(thrown.message).toContain(`\n  ${fault}`);
  });

  it("never has its values repeated, since they may be secrets", () => {
    const text = faultsOf(faulty).join("\n");
    for (const value of Object.values(faulty).filter((each) => each.length > 3)) expect(text).not.toContain(value);
    expect(text).not.toContain("hunter2");
  });

  it.each<[string, string[]]>([
    ["PORT", ["-1", "0", "65536", "80 80", "3000.0", "0x50", "+80", "NaN"]],
    ["ISSUER", ["http://h/", "http://h?a=b", "http://h#a", "ftp://h", "//h", "http://"]],
    ["HOST", ["a b", "::g", "a/b"]],
    ["TLS_URL", ["https://h/", "https://h?a=b", "http://h", "h", "https://"]],
    [
      "TRUSTED_PROXIES",
      ["proxy.example", "10.0.0.0/33", "10.0.0.0/0", "10.0.0/8", "::/129", "::ffff:10.0.0.0/104", "10.0.0.0/8/8", "fe80::1%eth0"],
    ],
    ["CLIENT_CERT_HEADER", ["Client-Cert, x-ssl-client-cert", "Client-Cert:", "Authorization", "X-Forwarded-For", "*"]],
    ["DATABASE_URL", ["db.example", "http://db", "postgres:db"]],
    ["WORKERS", ["0", "257", "all"]],
    ["POLYMINT_PEPPER", ["AAAA", key.slice(0, -4), `${key}AAAA`, "pass phrase of about forty-three characters", "*".repeat(43)]],
    ["CONTRACTS", ["weaver", "weavr;raidiam", ","]],
    ["LOG_LEVEL", ["INFO", "trace"]],
    ["DOCS", ["ON", "yes"]],
    ["OTP_WEBHOOK_URL", ["otp.example", "ftp://otp.example", "http://localhost.example", "https://a:b@otp.example", "https://"]],
    ["RATE_LIMIT_CLIENT", ["600", "600/", "/60", "6e2/60", "-1/60", "600/60/1", "on", "1234567890/60"]],
    ["REDIS_URL", ["localhost:6379", "http://redis", "redis"]],
    ["SIGNING_ALG_RAIDIAM", ["none", "es256", "RS512"]],
  ])("has %s refused for each of %j", (name, values) => {
    for (const value of values) expect([value, faultsOf({ [name]: value })]).toEqual([value, [expect.stringMatching(`^${name} must `)]]);
  });

  it.each([
    "0.0.0.0",
    "::",
    "192.0.2.7",
    "metrics.example",
    "::ffff:192.0.2.7",
    "::ffff:c000:207",
    "::2",
    "127.example",
    "localhost.example",
    "notlocalhost",
  ])("has METRICS_HOST=%s refused without METRICS_TOKEN", (host) => {
    const settings = { METRICS_PORT: "9464", METRICS_HOST: host };
    expect(faultsOf(settings)).toEqual([expect.stringMatching(/^METRICS_TOKEN is required/)]);
    expect(faultsOf({ ...settings, METRICS_TOKEN: "0123456789abcdef" })).toEqual([]);
  });

  it.each(["127.0.0.1", "127.8.8.8", "::1", "0:0::1", "localhost", "LOCALHOST", "a.localhost", "::ffff:127.0.0.1", "::FFFF:7f00:1"])(
    "has METRICS_HOST=%s accepted without METRICS_TOKEN",
    (host) => {
      expect(faultsOf({ METRICS_PORT: "9464", METRICS_HOST: host })).toEqual([]);
    },
  );

  it.each([
    ["HS256", true],
    ["HS256", undefined],
    ["PS256", true],
    ["RS256", true],
    ["ES256", true],
  ] as const)("has the algorithm %s judged for a contract whose identifiesPersons is %s", (algorithm, identifiesPersons) => {
    const policy = identifiesPersons === undefined ? {} : { identifiesPersons };
    const read = () => readServerConfig({ SIGNING_ALG_NEW_ONE: algorithm }, [{ name: "new-one", policy }]);
    if (algorithm === "HS256" && identifiesPersons)
      expect(read).toThrow("SIGNING_ALG_NEW_ONE must be ES256, RS256 or PS256, because no client");
    else expect(read().tokens.algorithms).toEqual(new Map([["new-one", algorithm]]));
  });

  it.each(["SIGNING_ALG_WEAVER", "SIGNING_ALG_screening_eagle", "SIGNING_ALG_SCREENING-EAGLE", "SIGNING_ALG_", "SIGNING_ALG_LOGIN"])(
    "has the misspelt %s reported",
    (name) => {
      expect(faultsOf({ [name]: "RS256" })).toEqual([`${name} is not a setting; there is no such contract`]);
    },
  );
});

describe("a setting under the name that an earlier release had", () => {
  it.each([
    ["DIALECTS", "weavr", "CONTRACTS"],
    ["ABBEYCROSS_HOURS", "{}", "HOURS_ABBEYCROSS"],
  ])("is a fault that names the new one, and none beside it: %s", (name, value, newName) => {
    expect(faultsOf({ [name]: value })).toEqual([`${name} is called ${newName} now`]);
    expect(faultsOf({ CONTRACTS: "weavr", DIALECTS: "weavr" })).toEqual([]);
  });

  it("is a fault that says why, if it has no effect any more", () => {
    expect(faultsOf({ FAILURE_LIMIT: "20/900" })).toEqual([
      "FAILURE_LIMIT is no setting any more: failures no longer count against a client; see FAILURE_LIMIT_ADDRESS",
    ]);
  });

  it.each([
    ["CONTRACT_PREFIX_RAIDIAM", "vendor", "a path such as /vendor"],
    ["CONTRACT_PREFIX_RAIDIAM", "/vendor/", "a path such as /vendor"],
    ["CONTRACT_PREFIX_RAIDIAM", "/a/../b", "a path such as /vendor"],
    ["CONTRACT_PREFIX_RAIDIAM", "/{id}", "a path such as /vendor"],
    ["CONTRACT_HOST_RAIDIAM", "https://auth.vendor.example", "the name of a host"],
    ["CONTRACT_HOST_RAIDIAM", "auth.vendor.example:8443", "the name of a host"],
    ["CONTRACT_HOST_RAIDIAM", "-.example", "the name of a host"],
  ])("is a fault for an address that no request can have: %s=%s", (name, value, form) => {
    expect(faultsOf({ [name]: value })).toEqual([expect.stringContaining(`${name} must be ${form}`)]);
  });

  it("may move a contract back to the server's own address", () => {
    const { prefixes, hosts } = readConfig({ CONTRACT_PREFIX_RAIDIAM: "/", CONTRACT_HOST_RAIDIAM: "*" }, ["raidiam"]).contracts;
    expect([prefixes.get("raidiam"), hosts.get("raidiam")]).toEqual(["/", "*"]);
  });

  it("is a fault for the working hours of no contract", () => {
    expect(faultsOf({ HOURS_NOWHERE: "{}" })).toEqual(["HOURS_NOWHERE is not a setting; there is no such contract"]);
  });
});

describe("the sandbox", () => {
  const own = { databaseUrl: undefined, sandboxDatabase: undefined };
  const other = { databaseUrl: "postgres://polymint@db.example/orders%20test?sslmode=require", sandboxDatabase: undefined };

  it("is on for the flag and for a demonstration, where the server starts its own database", () => {
    expect(chooseSandbox({ sandbox: false, demo: false }, own)).toEqual({ on: false });
    expect(chooseSandbox({ sandbox: true, demo: false }, own)).toEqual({ on: true });
    expect(chooseSandbox({ sandbox: false, demo: true }, own)).toEqual({ on: true });
  });

  it("is on at DATABASE_URL only if the database is named twice", () => {
    const cure = "if orders test is a database for tests, set SANDBOX_DATABASE=orders test";
    expect(() => chooseSandbox({ sandbox: true, demo: false }, other)).toThrow(cure);
    expect(chooseSandbox({ sandbox: true, demo: false }, { ...other, sandboxDatabase: "orders test" })).toEqual({ on: true });
    expect(() => chooseSandbox({ sandbox: true, demo: true }, { ...other, sandboxDatabase: "orders" })).toThrow(
      "SANDBOX_DATABASE must be orders test",
    );
    const nameless = { databaseUrl: "postgres://polymint@db.example", sandboxDatabase: "polymint" };
    const unescaped = { databaseUrl: "postgres://polymint:half/secret@db.example/orders", sandboxDatabase: undefined };
    expect(chooseSandbox({ sandbox: false, demo: true }, unescaped).note).not.toContain("secret");
    expect(() => chooseSandbox({ sandbox: true, demo: false }, nameless)).toThrow("DATABASE_URL must end in the name of the database");
  });

  it("goes with no server that only reads, and neither does a demonstration", () => {
    const reader = { ...other, sandboxDatabase: "orders test", serve: "read" } as const;
    expect(chooseSandbox({ sandbox: false, demo: false }, reader)).toEqual({ on: false });
    for (const flags of [
      { sandbox: true, demo: false },
      { sandbox: false, demo: true },
    ])
      expect(() => chooseSandbox(flags, reader)).toThrow("SERVE=read goes with neither --demo nor --sandbox");
  });

  it("reads the name in the URL of a Unix socket too", () => {
    const socket = { databaseUrl: "postgres://polymint@/orders?host=/run/postgresql", sandboxDatabase: "orders" };
    expect(chooseSandbox({ sandbox: true, demo: false }, socket)).toEqual({ on: true });
  });

  it("is off in a demonstration at DATABASE_URL, which says so in one line", () => {
    const { on, note } = chooseSandbox({ sandbox: false, demo: true }, other);
    expect({ on, lines: note?.split("\n").length }).toEqual({ on: false, lines: 1 });
    expect(note).toContain("SANDBOX_DATABASE=orders test");
  });
});

describe("the table of settings", () => {
  it("lists exactly the settings that are read", () => {
    const read = new Set<string>();
    const spy = new Proxy<Record<string, string>>({}, { get: (_, name) => void read.add(String(name)) });
    readContractsFolder(spy);
    readConfig(spy, contracts);
    const files = settings.flatMap(({ name, secret }) => (secret === true ? [`${name}_FILE`] : []));
    expect([...read].sort()).toEqual([...names, ...files].sort());
  });

  it("names the defaults that are in force", () => {
    const numeric: Record<string, number> = {
      PORT: Number(defaults.port),
      MAX_IN_FLIGHT: defaults.edge.maxInFlight,
      DATABASE_POOL: defaults.databasePool,
      DATABASE_CONNECT_TIMEOUT_MS: defaults.databaseConnectTimeoutMs,
      DATABASE_STATEMENT_TIMEOUT_MS: defaults.databaseStatementTimeoutMs,
      DATABASE_REQUEST_WAIT_MS: defaults.edge.requestWaitMs,
      DRAIN_ACCEPT_MS: defaults.drainAcceptMs,
      DRAIN_SECONDS: defaults.drainSeconds,
      RETENTION_SECONDS: defaults.retentionSeconds,
      KEY_LEAD_SECONDS: defaults.keyLeadSeconds,
      PARTITIONS_AHEAD: defaults.partitionsAhead,
      REFRESH_GRACE_SECONDS: defaults.tokens.refreshGraceSeconds,
      ASSERTION_MAX_SECONDS: defaults.tokens.assertionMaxSeconds,
      ONE_TIME_TOKEN_SECONDS: defaults.oneTimeTokenSeconds,
    };
    const said = Object.fromEntries(settings.map(({ name, fallback }) => [name, fallback]));
    expect(said).toMatchObject(Object.fromEntries(Object.entries(numeric).map(([name, value]) => [name, String(value)])));
    expect(said).toMatchObject({ HOST: defaults.host, LOG_LEVEL: defaults.logLevel, POLYMINT_DATA: ".polymint" });
  });

  it("equals that of docs/operating/settings.md", () => {
    const page = readFileSync(join(__dirname, "..", "..", "docs", "operating", "settings.md"), "utf8");
    const rows = [...page.matchAll(/^\|\s*`([A-Z][A-Z_]*(?:<CONTRACT>)?)`\s*\|([^|]*)\|([^|]*)\|/gm)];
    const withFile = rows.filter(([, name = "", , meaning = ""]) => meaning.includes(`; or ${name}_FILE`));
    expect(withFile.map(([, name]) => name)).toEqual(secretSettings);
    expect(rows.map(([, name]) => name)).toEqual(settings.map(({ name }) => name));
    const fallbacks = rows.map(([, , fallback = ""]) => fallback.replaceAll("`", "").trim());
    expect(fallbacks).toEqual(settings.map(({ fallback }) => fallback));
  });
});
