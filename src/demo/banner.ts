import type { DemoFacts } from "../dialects/demo";
import type { WiredDialect } from "../spec/wire";
import { type DemoKeepsake, demoKeyFile } from "./seed";

export interface BannerFacts {
  url: string;
  issuer: string;
  folder: string;
  /** Shell words that run our command line from anywhere. */
  polymint: string;
}

/** What a newcomer reads after `make run`: a curl per contract, ready to paste. */
export function banner(dialects: readonly WiredDialect[], keepsake: DemoKeepsake, facts: BannerFacts): string {
  const curls = dialects.flatMap((dialect) => [`# ${dialect.name}`, dialect.demo.curl(factsFor(dialect, keepsake, facts)), ""]);
  return [
    `Polymint serves ${dialects.length} contracts at ${facts.url}`,
    `Key set:  curl -sS ${facts.url}/.well-known/jwks.json`,
    "",
    "A token from each, ready to paste into another terminal:",
    "",
    ...curls,
    "Ctrl-C stops the server.",
    "",
  ].join("\n");
}

function factsFor({ demo }: WiredDialect, keepsake: DemoKeepsake, facts: BannerFacts): DemoFacts {
  const { id } = demo.client;
  const user = keepsake.user ?? { email: "", password: "", identityId: "" };
  return {
    url: facts.url,
    issuer: facts.issuer,
    clientId: id,
    secret: keepsake.secrets[id] ?? "",
    polymint: facts.polymint,
    keyFile: demoKeyFile(facts.folder, id),
    user: { ...user, identityType: "CORPORATE" },
  };
}
