import { createRequire } from "node:module";
import { dirname } from "node:path";

interface OwnPackage {
  version: string;
  devDependencies: Readonly<Record<string, string>>;
}

/** What a project with contracts is written, compiled, served and tested with. The first ones are optional peers of this package. */
const names = [
  ...["@redocly/openapi-core", "ajv", "ajv-formats", "jest", "openapi-typescript", "prettier", "tsx", "typescript"],
  ...["@swc/core", "@swc/jest", "@types/jest", "@types/node"],
];

const requireOwn = createRequire(__filename);

function readOwnPackage(): OwnPackage {
  return requireOwn("polymint/package.json") as OwnPackage;
}

/** @returns the development dependencies of a project, in the versions that this release is tested with */
export function listTools(): Readonly<Record<string, string>> {
  const { devDependencies } = readOwnPackage();
  return Object.fromEntries(names.map((name) => [name, devDependencies[name] ?? "*"]));
}

/** @returns the shell command that installs them */
export function formatInstallation(): string {
  const words = Object.entries(listTools()).map(([name, version]) => `${name}@${version}`);
  return `npm install --save-dev ${words.join(" ")}`;
}

/** @returns what a project depends on to get this copy of Polymint: a version, or a checkout's folder */
export function describeOwnSource(): string {
  const folder = dirname(requireOwn.resolve("polymint/package.json"));
  return /[\\/]node_modules[\\/]/.test(folder) ? readOwnPackage().version : `file:${folder}`;
}
