/** What the pages of the documentation say about other files: links lead somewhere, and lists are complete. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { refusalCodes } from "../../src/engine/refusal";
import { tokenPaths } from "../harness/token-requests";

const root = join(__dirname, "..", "..");
const below = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
const pages = ["README.md", "CONTRIBUTING.md", ...below.map((name) => join("docs", name))];
const read = (page: string): string => readFileSync(join(root, page), "utf8");

/** Text without fenced blocks and code spans, which hold no links. */
const proseOf = (text: string): string => text.replace(/^```[^]*?^```/gm, "").replace(/`[^`\n]*`/g, "");

/** The anchor that GitHub gives to a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
const anchorsOf = (text: string): string[] =>
  [...text.replace(/^```[^]*?^```/gm, "").matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

function findDeadLinks(page: string): string[] {
  const targets = [...proseOf(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : join(dirname(page), path);
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsOf(read(file)).includes(anchor);
  });
}

it.each(pages)("every link of %s leads to a file and a heading that exist", (page) => {
  expect(findDeadLinks(page)).toEqual([]);
});

it("every page is reached from the README or from an index", () => {
  const linked = pages.flatMap((page) =>
    [...proseOf(read(page)).matchAll(/\]\(([^)\s#]+\.md)/g)].map(([, target = ""]) => join(dirname(page), target)),
  );
  expect(pages.filter((page) => page !== "README.md" && !linked.includes(page))).toEqual([]);
});

it("docs/errors.md explains every refusal and no other", () => {
  const [, table = ""] = read("docs/errors.md").split("## What each refusal means");
  const named = [...table.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = ""]) =>
    cell.split(", ").map((code) => code.replaceAll("`", "")),
  );
  expect(named.sort()).toEqual([...refusalCodes].sort());
});

it("docs/which-contract.md tells each of the five contracts by its request, by its error and by its surprises", () => {
  const text = read("docs/which-contract.md");
  for (const name of Object.keys(tokenPaths)) expect(text.split(new RegExp(`\\b${name}\\b`)).length - 1).toBeGreaterThanOrEqual(3);
});
