import type { DemoCommand } from "../front-door/options";
import type { DemoFacts } from "./demo-commands";

/** Formats the text that `make run` prints: one curl per contract that works when it is pasted. */
export function formatBanner(commands: readonly DemoCommand[], facts: DemoFacts): string {
  const tokens = commands.filter(({ isFlow }) => !isFlow);
  const curls = tokens.flatMap(({ contract, text }) => [`# ${contract}`, text, ""]);
  const flows = commands.filter(({ isFlow }) => isFlow).flatMap(({ contract, title, text }) => [`# ${contract}, ${title}`, text, ""]);
  return [
    `Polymint serves ${tokens.length} contracts at ${facts.url}`,
    `Key set:  curl -sS ${facts.url}/.well-known/jwks.json`,
    ...(facts.certificate === undefined
      ? []
      : ["", "First, let curl trust the server's certificate:", `export CURL_CA_BUNDLE=${facts.certificate}`]),
    "",
    "A token from each, ready to paste into another terminal:",
    "",
    ...curls,
    ...(flows.length === 0 ? [] : ["Where a person takes part:", "", ...flows]),
    "Ctrl-C stops the server.",
    "",
  ].join("\n");
}
