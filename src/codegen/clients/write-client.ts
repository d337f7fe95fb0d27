import type { GrantTemplate } from "../../client/plan";
import { toPascalCase } from "../name-rules";
import { makeBanner, type Project } from "../wiring";
import type { ClientPlan } from "./plan";
import { describeVariable, extension, listVariables } from "./variables";

/** A contract whose client is to be written. */
export interface ClientSource {
  name: string;
  /** Undefined for a spec that does not say how it is asked for tokens. */
  plan: ClientPlan | undefined;
  prefix: string;
}

/** Writes `generated/clients/<contract>.ts`. */
export function writeClient(source: ClientSource, project: Project): string {
  return (
    makeBanner(project) +
    (source.plan === undefined ? writeRequestClient(source, project) : writeTokenClient(source.name, source.plan, project))
  );
}

/** Writes the file that brings the clients of all contracts together; in a checkout it is `polymint/client`. */
export function writeClientIndex(names: readonly string[], project: Project): string {
  const all = [...(project.isCheckout ? ["../../src/client"] : []), ...names.map((name) => `./${name}`)];
  return makeBanner(project) + (all.length === 0 ? "export {};\n" : all.map((path) => `export * from "${path}";\n`).join(""));
}

function importRuntime(names: readonly string[], { isCheckout }: Project): string {
  return `import { ${names.join(", ")} } from "${isCheckout ? "../../src/client" : "polymint/client"}";\n`;
}

function writeRequestClient({ name, prefix }: ClientSource, project: Project): string {
  const pascal = toPascalCase(name);
  return `${importRuntime(["type ClientOptions", "makeRequestClient", "type RequestClient"], project)}import type { paths } from "../${name}";

/** Makes a typed client of the ${name} contract. It cannot ask for tokens by itself: the spec has no \`${extension}\`. */
export function make${pascal}Client(options: ClientOptions): RequestClient<paths> {
  return makeRequestClient<paths>(options, ${JSON.stringify(prefix)});
}
`;
}

function writeTokenClient(name: string, plan: ClientPlan, project: Project): string {
  const pascal = toPascalCase(name);
  const { operationId, ...rest } = plan;
  const credentials = [...new Set(Object.values(plan.requests).map(writeCredentials))];
  const code = credentials.join();
  const types = [
    "AnswerOf",
    "ClientOptions",
    ...(code.includes("Jwk") ? ["Jwk"] : []),
    ...(plan.authorize === undefined ? [] : ["PersonClient"]),
  ];
  const more = ["RefusalOf", ...(code.includes("SignClaims") ? ["SignClaims"] : []), "Token", "TokenClient", "TokenPlan", "TokenRefused"];
  const imported = ["makeTokenClient", ...[...types, ...more].map((type) => `type ${type}`)];
  const operation = `operations["${operationId}"]`;
  const person = plan.authorize === undefined ? "" : " & PersonClient";
  return `${importRuntime(imported, project)}import type { operations, paths } from "../${name}";

const plan: TokenPlan = ${JSON.stringify(rest, null, 2)};

/** What a client of the ${name} contract proves itself with. Which members there are decides which grant \`getToken\` uses. */
export type ${pascal}Credentials =
${credentials.map((each) => `  | ${each}`).join("\n")};

/** The grants that \`exchange\` offers, with what each works with once. */
export interface ${pascal}Exchanges {
${writeExchanges(plan)}}

export type ${pascal}ClientOptions = ClientOptions & ${pascal}Credentials;
export type ${pascal}Token = Token<AnswerOf<${operation}>>;
export type ${pascal}Refused = TokenRefused<RefusalOf<${operation}>>;
export type ${pascal}Client = TokenClient<paths, ${operation}, ${pascal}Exchanges>${person};

/** Makes a typed client of the ${name} contract, which keeps a token and replaces it in time. */
export function make${pascal}Client(options: ${pascal}ClientOptions): ${pascal}Client {
  return makeTokenClient<paths, ${operation}, ${pascal}Exchanges>(plan, options);
}
`;
}

function writeMember(name: string, optional = false): string {
  const { about, type = "string" } = describeVariable(name);
  return `    /** ${about} */\n    ${name}${optional ? "?" : ""}: ${type};\n`;
}

function writeCredentials(request: GrantTemplate): string {
  const { needs, given } = request;
  const own = needs.filter((name) => describeVariable(name).made !== true);
  const optional = listVariables(request).filter(({ name, optional }) => optional && !needs.includes(name) && !given.includes(name));
  const members = [...own.map((name) => writeMember(name)), ...new Set(optional.map(({ name }) => writeMember(name, true)))];
  if (!needs.includes("assertion")) return `{\n${members.join("")}  }`;
  const audience = "    /** Who the assertion is for, the issuer of the server; default `baseUrl`. */\n    audience?: string;\n";
  if (request.assertion === undefined) members.push(audience);
  return `({\n${members.join("")}  } & ({ privateKey: Jwk } | { sign: SignClaims }))`;
}

function writeExchanges({ requests }: ClientPlan): string {
  return Object.entries(requests)
    .filter(([, { given }]) => given.length > 0)
    .map(([grant, { given }]) => `  ${JSON.stringify(grant)}: {\n${given.map((name) => writeMember(name)).join("")}  };\n`)
    .join("");
}
