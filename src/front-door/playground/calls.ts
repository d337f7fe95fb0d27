import type { PlacedContract } from "../../contracts/wire";
import type { Api, Spec } from "../../http/api";
import { inlineRefs } from "../../http/inline-refs";
import { listOperations, type MountableOperation } from "../../http/operations";
import { listShownOperations } from "../openapi";
import type { PlaygroundPorts } from "./ports";

/** An operation that the playground may call. No address comes from a form: a form only chooses among these, and fills in parameters. */
export interface Call {
  operation: MountableOperation;
  /** The only host that it answers at; undefined for every host. */
  host: string | undefined;
  /** Names of the headers that its spec declares, those of its credentials included. */
  headers: readonly string[];
  /** Whether its spec declares HTTP Basic (RFC 7617). */
  basic: boolean;
  /** Names of the fields of a form, as in a `Draft`, that a request hardly goes without: what is required, and the credentials. */
  essential: ReadonlySet<string>;
  /** A JSON body that the spec shows, indented. */
  example: string | undefined;
}

/** A contract or a supporting API, with what the playground may call of it. */
export interface Callee {
  name: string;
  spec: Spec;
  /** Undefined for a supporting API. */
  contract: PlacedContract | undefined;
  operations: readonly MountableOperation[];
  host: string | undefined;
}

/** Lists what can be called. In a contract, the operations that issue tokens come first. */
export function listCallees({ all, services }: Pick<PlaygroundPorts, "all" | "services">): Callee[] {
  const contracts = all.map((contract): Callee => {
    const { name, spec, operations, address } = contract;
    const issues = ({ id }: MountableOperation) => typeof operations[id] === "object";
    const served = listOperations(spec).filter(({ id }) => operations[id] !== "left_out");
    const sorted = [...served.filter(issues), ...served.filter((operation) => !issues(operation))];
    return { name, spec, contract, operations: sorted, host: address.host };
  });
  const others = services.map(({ name, spec }): Callee => ({
    ...{ name, spec, contract: undefined, host: undefined },
    operations: listOperations(spec),
  }));
  return [...contracts, ...others];
}

/** What it may call of the supporting APIs: the steps of a token's life. */
export type ServiceCall = "authorizeDevice" | "introspectToken" | "revokeToken" | "readUserInfo";

/** Lists the operations of a contract that issue tokens. */
export function listTokenCalls({ spec, operations, address }: PlacedContract): Call[] {
  return listOperations(spec)
    .filter(({ id }) => typeof operations[id] === "object")
    .map((operation) => makeCall(operation, spec, address.host));
}

/** Finds an operation of a supporting API. @returns undefined if that is switched off */
export function findServiceCall(services: readonly Pick<Api, "spec">[], id: ServiceCall): Call | undefined {
  for (const { spec } of services) {
    const operation = listOperations(spec).find((each) => each.id === id);
    if (operation !== undefined) return makeCall(operation, spec, undefined);
  }
  return undefined;
}

interface SecurityScheme {
  type: string;
  scheme?: string;
  in?: string;
  name?: string;
}

interface SecuredSpec {
  security?: readonly Readonly<Record<string, unknown>>[];
  components?: { securitySchemes?: Readonly<Record<string, SecurityScheme>> };
}

interface SecuredOperation {
  security?: SecuredSpec["security"];
}

export function makeCall(operation: MountableOperation, spec: Spec, host: string | undefined): Call {
  const { components, security: general = [] } = spec as SecuredSpec;
  const item = (inlineRefs(spec).paths as Readonly<Record<string, Readonly<Record<string, SecuredOperation>>>>)[operation.path] ?? {};
  const { security = general } = item[operation.method] ?? {};
  const schemes = security.flatMap((each) => Object.keys(each).flatMap((name) => components?.securitySchemes?.[name] ?? []));
  const credentials = schemes.flatMap((scheme) => {
    if (scheme.type === "apiKey" && scheme.in === "header") return [scheme.name ?? ""];
    return scheme.type === "http" && scheme.scheme?.toLowerCase() !== "basic" ? ["Authorization"] : [];
  });
  const { parameters = [], fields = [], example } = listShownOperations(spec).find(({ id }) => id === operation.id) ?? {};
  const declared = parameters.filter((parameter) => parameter.in === "header").map(({ name }) => name);
  const basic = schemes.some(({ type, scheme }) => type === "http" && scheme?.toLowerCase() === "basic");
  const essential = new Set([
    ...(basic ? ["user", "password"] : []),
    ...credentials.map((name) => `header.${name}`),
    ...parameters.flatMap(({ in: place, name, required }) => (required === true ? [`${place}.${name}`] : [])),
    ...fields.flatMap(({ name, required }) => (required ? [`form.${name}`] : [])),
  ]);
  return {
    ...{ operation, host, basic, essential },
    headers: [...new Set([...credentials, ...declared])],
    example: operation.mediaType?.includes("json") === true && example !== undefined ? JSON.stringify(example, null, 2) : undefined,
  };
}
