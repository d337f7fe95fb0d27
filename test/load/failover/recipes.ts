/** The recipes of docs/operating/failover.md, so that what is measured is what operators read. */
import { parse } from "yaml";
import { readBlocks } from "../../docs/blocks";

interface PatroniRecipe {
  bootstrap: { dcs: { ttl: number; postgresql: { parameters: object } } };
}

const page = "docs/operating/failover.md";

function readRecipe(language: string): string {
  const block = readBlocks(page).find((each) => each.language === language);
  if (block === undefined) throw new Error(`${page} has no block in ${language}`);
  return block.text;
}

/** Patroni's settings that all members share. */
export const { dcs: patroniRecipe } = (parse(readRecipe("yaml")) as PatroniRecipe).bootstrap;

/** `haproxy.cfg`, with addresses that must be replaced. */
export const haproxyRecipe = readRecipe("text");
