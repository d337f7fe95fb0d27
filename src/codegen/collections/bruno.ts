import { type Collection, type CollectionRequest, type CollectionVariable, formatUrl, listCollectionVariables } from "./requests";
import { writeBrunoKeeping, writeBrunoSigning } from "./scripts";

/** Writes a collection as Bruno keeps it: a folder of files, by their path below it. */
export function writeBrunoCollection(collection: Collection): Map<string, string> {
  const { name, about, requests } = collection;
  const variables = listBrunoVariables(collection);
  const docs = [about, "", "Variables of the environment:", "", ...variables.map((each) => `* \`${each.name}\`: ${each.about}`)];
  const files = requests.map((request, at): [string, string] => [
    `${request.folder}/${request.name.replaceAll(/[^\w-]+/g, "-")}.bru`,
    writeRequest(request, at + 1),
  ]);
  return new Map([
    ["bruno.json", `${JSON.stringify({ version: "1", name: `Polymint, ${name}`, type: "collection" }, null, 2)}\n`],
    ["collection.bru", writeBlock("docs", docs)],
    [
      "environments/polymint.bru",
      writeBlock(
        "vars",
        variables.map(({ name: each, value }) => `${each}: ${value}`.trimEnd()),
      ),
    ],
    ...files,
  ]);
}

/** Requests keep tokens in variables of the run. A PEM does not say which of its algorithms signs. */
function listBrunoVariables(collection: Collection): CollectionVariable[] {
  const kept = collection.requests.flatMap(({ keep }) => Object.keys(keep));
  const all = listCollectionVariables(collection).filter(({ name }) => !kept.includes(name));
  const signs = all.some(({ name }) => name === "private_key");
  return [...all, ...(signs ? [{ name: "signing_alg", about: "ES256 or RS256, as the key is.", value: "ES256", isSecret: false }] : [])];
}

function writeRequest(request: CollectionRequest, seq: number): string {
  const { name, about, method, query, headers, basic, body, claims } = request;
  const kind = body === undefined ? "none" : body.media === "json" ? "json" : "formUrlEncoded";
  const blocks = [
    writeBlock("meta", [`name: ${name}`, "type: http", `seq: ${seq}`]),
    writeBlock(method.toLowerCase(), [`url: ${formatUrl(request)}`, `body: ${kind}`, `auth: ${basic ? "basic" : "none"}`]),
    writePairs("params:query", query),
    writePairs("headers", headers),
    basic ? writeBlock("auth:basic", ["username: {{client_id}}", "password: {{client_secret}}"]) : "",
    body === undefined
      ? ""
      : body.media === "json"
        ? writeBlock("body:json", JSON.stringify(body.value, null, 2).split("\n"))
        : writePairs("body:form-urlencoded", body.value as Record<string, unknown>),
    claims === undefined ? "" : writeBlock("script:pre-request", writeBrunoSigning(claims)),
    writeLines("script:post-response", writeBrunoKeeping(request)),
    writeBlock("tests", [`test("is answered with a success", () => expect(res.getStatus()).to.be.within(200, 299));`]),
    writeBlock("docs", [about]),
  ];
  return blocks.filter((block) => block !== "").join("\n");
}

function writePairs(name: string, pairs: Readonly<Record<string, unknown>>): string {
  return writeLines(
    name,
    Object.entries(pairs).map(([key, value]) => `${key}: ${String(value)}`),
  );
}

function writeLines(name: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : writeBlock(name, lines);
}

function writeBlock(name: string, lines: readonly string[]): string {
  return `${name} {\n${lines.map((line) => (line === "" ? "\n" : `  ${line}\n`)).join("")}}\n`;
}
