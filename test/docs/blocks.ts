/** Finds the fenced blocks of the README and of docs/. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(__dirname, "..", "..");

/** A fenced block of a page. */
export interface Block {
  /** Such as `docs/flows.md:13`; the line is that of the fence. */
  place: string;
  page: string;
  /** What stands behind the fence; empty for a picture. */
  language: string;
  text: string;
  /** The heading that it stands under. */
  section: number;
  /** Why it is not run, from a comment before it: `<!-- not run: needs a second machine -->`. */
  notRun?: string;
  /** Why it is not even compiled: `<!-- not compiled: a part of an object -->`. */
  notCompiled?: string;
}

/** A block of commands, or a program that runs as one, and what the page says they print. */
export interface Commands extends Block {
  answer?: Block;
}

/** @returns the paths of all pages, below the checkout */
export function listPages(): string[] {
  const found = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  return ["README.md", "CONTRIBUTING.md", ...found.sort().map((name) => `docs/${name}`)];
}

/** @returns the blocks of one page, in their order @throws Error if a fence is not closed */
export function readBlocks(page: string): Block[] {
  return findBlocks(page, readFileSync(join(root, page), "utf8"));
}

/** @param text of the page */
export function findBlocks(page: string, text: string): Block[] {
  const blocks: Block[] = [];
  let section = 0;
  let mark: Pick<Block, "notRun" | "notCompiled"> = {};
  let open: { block: Block; indent: string; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^( *)```(\S*)\s*$/.exec(line);
    if (open !== undefined) {
      if (fence?.[2] !== "") open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
      else {
        blocks.push({ ...open.block, text: `${open.lines.join("\n")}\n` });
        open = undefined;
      }
    } else if (fence !== null) {
      const block = { place: `${page}:${index + 1}`, page, language: fence[2] ?? "", text: "", section, ...mark };
      open = { block, indent: fence[1] ?? "", lines: [] };
      mark = {};
    } else if (line.trim() !== "") {
      if (line.startsWith("#")) section += 1;
      mark = readMark(line);
    }
  }
  if (open !== undefined) throw new Error(`${open.block.place}: the fence is not closed.`);
  return blocks;
}

/** A mark stands alone in the line before the fence. */
function readMark(line: string): Pick<Block, "notRun" | "notCompiled"> {
  const [, what, why = ""] = /^\s*<!-- not (run|compiled)(.*)-->\s*$/.exec(line) ?? [];
  if (what === undefined) return {};
  const reason = why.replace(/^:/, "").trim();
  return what === "run" ? { notRun: reason } : { notCompiled: reason };
}

/** @returns the commands of a page, each with the first block of JSON or text that follows it under the same heading */
export function pairAnswers(blocks: readonly Block[]): { commands: Commands[]; rest: Block[] } {
  const commands: Commands[] = [];
  const rest: Block[] = [];
  for (const block of blocks) {
    const before = commands.at(-1);
    const isAnswer = before?.section === block.section && before.answer === undefined && /^(json|text)$/.test(block.language);
    if (/^(sh|python)$/.test(block.language)) commands.push({ ...block });
    else if (isAnswer && rest.at(-1)?.section !== block.section) before.answer = block;
    else rest.push(block);
  }
  return { commands, rest };
}
