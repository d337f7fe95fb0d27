/**
 * What a request allocates, compared with committed figures: a guard against many small losses of speed, which no measurement of
 * time shows on a busy machine. `test/store/round-trips.test.ts` guards what a request asks of the database.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Allocations, describeGrowth, describeSaving, type Flow, flows, readFigures, writeFigures } from "./allocations/flows";
import { installServer, type InstalledServer } from "../harness/installed-server";
import { brokenBy } from "./stress/process/broken-server";

jest.setTimeout(120_000);

const root = join(__dirname, "..", "..");

let installed: InstalledServer;
let measured: readonly Allocations[];
let wasteful: Allocations | undefined;
beforeAll(async () => {
  installed = installServer();
  // At the same time: how much else the machine has to do changes no figure.
  [measured, [wasteful]] = await Promise.all([measure(flows), measure(["abbeycross"], "allocates")]);
  if (process.env.UPDATE_ALLOCATIONS === "1") writeFigures(measured);
});
afterAll(() => installed.remove());

/** @param environment of the server */
async function measure(asked: readonly Flow[], flaw?: "allocates"): Promise<Allocations[]> {
  const { NODE_OPTIONS = "" } = flaw === undefined ? {} : brokenBy(flaw, installed);
  const program = ["--import", "tsx", join(__dirname, "allocations", "measure.ts")];
  const command = join(installed.folder, "dist", "src", "cli", "polymint.js");
  const args = [command, "--flows", asked.join(","), ...NODE_OPTIONS.split(" ").filter((word) => word !== "")];
  const { stdout } = await promisify(execFile)(process.execPath, [...program, ...args], { cwd: root });
  return JSON.parse(stdout) as Allocations[];
}

function of(flow: Flow): Allocations {
  const found = measured.find((one) => one.flow === flow);
  if (found === undefined) throw new Error(`${flow} was not measured`);
  return found;
}

const hasFigures = readFigures() !== undefined || process.env.UPDATE_ALLOCATIONS === "1";
if (!hasFigures) process.stderr.write(`No figures of allocations for Node ${process.version}: they are not compared.\n`);

// Skipped only on a major version of Node that has no figures; CI's version has some.
(hasFigures ? it : it.skip).each(flows)("a request of %s allocates no more than its figure", (flow) => {
  const figure = readFigures()?.[flow] ?? 0;
  const saving = describeSaving(of(flow), figure);
  if (saving !== undefined) process.stderr.write(`${saving}\n`);
  expect(describeGrowth(of(flow), figure)).toBeUndefined();
});

it("(control) a server that allocates 10 KB more per request is found out, and the function that does it is named", () => {
  const growth = wasteful && describeGrowth(wasteful, of("abbeycross").bytes);
  expect(growth).toMatch(/^abbeycross allocates (?:[5-9]|1[0-5])\d{3} bytes more per request than its figure/);
  expect(growth).toMatch(/^ +10\d{3} .*broken\/allocates \(wasteMemory 10\d{3}\)$/m);
});
