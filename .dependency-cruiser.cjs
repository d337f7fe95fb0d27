/**
 * Which room of `src/` may import which (docs/architecture.md). A room imports only rooms that stand in its line; each line
 * names rooms further down, so there can be no circle among them.
 */
const mayImport = {
  "main.ts": ["process", "config", "contracts-folder", "contracts", "telemetry"],
  "index.ts": ["app", "config", "server", "store"],
  cli: [
    "main.ts",
    "process",
    "contracts-folder",
    "contracts",
    "pages",
    "registration",
    "sandbox",
    "audit",
    "config",
    "store",
    "keys",
    "secrets",
    "x509",
    "engine",
    "embedded-postgres",
    "data-folder",
    "contract-writer",
    "vendor-spec",
    "codegen",
  ],
  process: [
    ...["app", "services", "telemetry", "contracts", "server", "config", "audit", "http", "registration", "store", "limits"],
    ...["sandbox", "secrets", "keys", "engine", "embedded-postgres", "data-folder"],
  ],
  "contract-suite": ["testkit", "contracts", "http", "secrets", "engine"],
  "contracts-folder": ["contracts", "config"],
  testkit: [
    "app",
    "contracts",
    "pages",
    "telemetry",
    "server",
    "http",
    "registration",
    "sandbox",
    "store",
    "secrets",
    "keys",
    "engine",
    "embedded-postgres",
  ],
  app: [
    ...["services", "telemetry", "contracts", "pages", "sandbox", "config", "http", "client-auth", "store", "limits", "secrets"],
    ...["keys", "engine"],
  ],
  telemetry: ["server", "config", "audit", "http", "store", "keys", "engine"],
  services: ["contracts", "sandbox", "http", "limits", "secrets", "keys", "engine"],
  contracts: ["http", "client-auth", "engine"],
  pages: ["http", "limits", "secrets", "engine"],
  sandbox: ["http", "store", "keys", "engine"],
  server: ["http"],
  config: ["http", "store", "limits", "keys", "x509", "engine"],
  audit: ["http", "store", "limits", "engine"],
  http: ["client-auth", "x509", "engine"],
  registration: ["store", "secrets", "x509", "engine"],
  "client-auth": ["limits", "x509", "engine"],
  store: ["keys", "engine"],
  limits: ["engine"],
  secrets: ["data-folder", "engine"],
  x509: ["engine"],
  keys: ["engine"],
  "contract-writer": ["vendor-spec", "codegen", "engine"],
  "vendor-spec": ["codegen"],
  codegen: [],
  engine: [],
  "embedded-postgres": ["data-folder"],
  "data-folder": [],
};

const pathOf = (room) => (room.endsWith(".ts") ? `^src/${room.replace(".", "\\.")}$` : `^src/${room}/`);

const rooms = Object.entries(mayImport).map(([room, others]) => ({
  name: `${room} imports only ${others.length === 0 ? "itself" : others.join(", ")}`,
  severity: "error",
  from: { path: pathOf(room) },
  to: { path: "^src/", pathNot: [room, ...others].map(pathOf) },
}));

module.exports = {
  forbidden: [
    ...rooms,
    {
      name: "no file outside a room",
      severity: "error",
      from: {},
      to: { path: "^src/[^/]+\\.ts$", pathNot: ["main.ts", "index.ts"].map(pathOf) },
    },
    {
      name: "every room is in the table",
      severity: "error",
      from: { path: "^src/", pathNot: Object.keys(mayImport).map(pathOf) },
      to: { path: "^" },
    },
    {
      name: "only one file starts child processes, since it keeps the server's settings from them",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/embedded-postgres/child-process\\.ts$" },
      to: { path: "^(node:)?child_process$", dependencyTypesNot: ["type-only"] },
    },
    { name: "no import circle", severity: "error", from: { path: "^src/" }, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|test)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
