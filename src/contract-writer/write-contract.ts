import { createHash } from "node:crypto";
import { parseSpecText } from "../codegen";
import type { Decision, LocatedDecision, WrittenFile } from "./decision";
import { ContractWriterError } from "./decision";
import { planContract, type VendorOperation } from "./plan";
import type { WriterProject } from "./project";
import { writeDemo } from "./write-demo";
import { writeGrant } from "./write-grant";
import { writePolicy } from "./write-policy";
import { writeRead } from "./write-read";
import { writeRefuse } from "./write-refuse";
import { writeIndex, writeTest } from "./write-rest";
import { addTokenClient } from "./token-client";
import { addFingerprint, type Origin, writeSpec } from "./write-spec";

/** The files of a contract before they are written to the disk. */
interface WrittenContract {
  name: string;
  /** Method and path, such as `POST /oauth/token`. */
  operation: string;
  /** Texts by their path below the folder of the project. */
  files: ReadonlyMap<string, string>;
  decisions: Decision[];
}

/** The files of a contract, by their path below the folder of the project. */
export function listContractPaths(name: string): Record<WrittenFile, string> {
  const folder = `src/contracts/${name}`;
  return {
    spec: `openapi/${name}.yaml`,
    index: `${folder}/index.ts`,
    policy: `${folder}/policy.ts`,
    read: `${folder}/read.ts`,
    grant: `${folder}/grant.ts`,
    refuse: `${folder}/refuse.ts`,
    demo: `${folder}/demo.ts`,
    test: `test/contracts/${name}.test.ts`,
  };
}

/**
 * Writes the files of a contract from a vendor's operation.
 * @throws ContractWriterError if the engine cannot serve it
 */
export async function writeContract(
  vendor: VendorOperation,
  { project, origin, prefix }: { project: WriterProject; origin: Origin; prefix?: string },
): Promise<WrittenContract> {
  const plan = planContract({ ...vendor, document: structuredClone(vendor.document) }, prefix);
  const { name, request } = plan;
  const paths = listContractPaths(name);
  const { kit } = project;
  const sources: [WrittenFile, string][] = [
    ["index", writeIndex(plan, kit)],
    ["policy", writePolicy(plan, kit)],
    ["read", writeRead(plan, kit)],
    ["grant", writeGrant(plan, kit)],
    ["refuse", writeRefuse(plan, kit)],
    ["demo", writeDemo(plan, kit)],
    ["test", writeTest(plan, project)],
  ];
  const formatted = await Promise.all(sources.map(async ([file, text]) => [file, await format(text, paths[file], project.root)] as const));
  addTokenClient(plan);
  const spec = await writeSpec(request.document, origin);
  const texts = new Map<WrittenFile, string>(formatted);
  const files = new Map([...formatted].map(([file, text]) => [paths[file], text]));
  const whole = addFingerprint(spec, makeFingerprint(new Map([...files, [paths.spec, spec]])));
  texts.set("spec", whole);
  files.set(paths.spec, whole);
  const located = plan.decisions.map((decision) => locate(decision, texts, paths));
  const decisions = [...new Map(located.map((decision) => [JSON.stringify(decision), decision])).values()];
  return { name, operation: `${plan.request.method.toUpperCase()} ${request.path}`, files, decisions };
}

/** Tells whether files are as they were written. @param files by path, the spec without its fingerprint */
export function makeFingerprint(files: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256");
  for (const [path, text] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) hash.update(`${path}\0${text}\0`);
  return hash.digest("hex");
}

async function format(text: string, path: string, root: string): Promise<string> {
  const prettier = await import("prettier");
  const file = `${root}/${path}`;
  const options = await prettier.resolveConfig(file);
  try {
    return await prettier.format(text, { ...(options ?? { printWidth: 140 }), filepath: file });
  } catch (cause) {
    throw new ContractWriterError(`${path} was written with a fault of this program; please report it:\n${text}`, { cause });
  }
}

function locate({ at, ...rest }: LocatedDecision, texts: ReadonlyMap<WrittenFile, string>, paths: Record<WrittenFile, string>): Decision {
  const text = texts.get(at.file) ?? "";
  const line = at.file === "spec" ? parseSpecText(text).locate(at.pointer).line : findLine(text, at.text);
  return { ...rest, where: `${paths[at.file]}:${line}` };
}

function findLine(text: string, part: string): number {
  const lines = text.split("\n");
  const found = lines.findIndex((line) => line.includes(part) && !line.startsWith("import "));
  return Math.max(found, 0) + 1;
}
