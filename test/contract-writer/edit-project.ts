/**
 * Adds or removes many contracts of a project in one process, with the functions of `polymint contract add` and `remove`: a process
 * for each would take longer to start than the work takes.
 *
 *   npx tsx test/contract-writer/edit-project.ts add FOLDER FILE...        prints what was added, as JSON
 *   npx tsx test/contract-writer/edit-project.ts remove FOLDER NAME...
 */
import { addContract, planRemoval, removeContract } from "../../src/contract-writer";

async function addOne(root: string, source: string): Promise<{ name: string; files: string[] }> {
  const readStdin = () => Promise.reject(new Error("no file is read from the standard input"));
  const command = `polymint contract add ${source}`;
  const { name, files } = await addContract({ source, root, command, dryRun: false, readStdin, report: () => undefined });
  return { name, files };
}

async function removeOne(root: string, name: string): Promise<string[]> {
  const removal = planRemoval(root, name);
  if (removal.doubt !== undefined) throw new Error(`${name}: ${removal.doubt}`);
  return removeContract(root, removal);
}

async function main(): Promise<void> {
  const [verb, root = "", ...subjects] = process.argv.slice(2);
  const edit = verb === "add" ? addOne : removeOne;
  const results: unknown[] = [];
  // One after another: each generates the wiring of all.
  for (const subject of subjects) results.push(await edit(root, subject));
  process.stdout.write(`${JSON.stringify(results)}\n`);
}

void main();
