import type { PlacedContract } from "../../contracts/wire";
import type { Api, Spec } from "../../http/api";
import { inlineRefs } from "../../http/inline-refs";
import { listOperations, type MountableOperation } from "../../http/operations";

/** An operation that the playground may call. No address comes from a form: a form only chooses among these, and fills in parameters. */
export interface Call {
  operation: MountableOperation;
  /** The only host that it answers at; undefined for every host. */
  host: string | undefined;
  /** Names of the headers that its spec declares, those of its credentials included. */
  headers: readonly string[];
  /** Whether its spec declares HTTP Basic (RFC 7617). */
  basic: boolean;
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
  parameters?: readonly { in: string; name: string }[];
}

function makeCall(operation: MountableOperation, spec: Spec, host: string | undefined): Call {
  const { components, security: general = [] } = spec as SecuredSpec;
  const item = (inlineRefs(spec).paths as Readonly<Record<string, Readonly<Record<string, SecuredOperation>>>>)[operation.path] ?? {};
  const { security = general, parameters = [] } = item[operation.method] ?? {};
  const shared = (item.parameters as SecuredOperation["parameters"]) ?? [];
  const schemes = security.flatMap((each) => Object.keys(each).flatMap((name) => components?.securitySchemes?.[name] ?? []));
  const credentials = schemes.flatMap((scheme) => {
    if (scheme.type === "apiKey" && scheme.in === "header") return [scheme.name ?? ""];
    return scheme.type === "http" && scheme.scheme?.toLowerCase() !== "basic" ? ["Authorization"] : [];
  });
  const declared = [...shared, ...parameters].filter((parameter) => parameter.in === "header").map(({ name }) => name);
  const basic = schemes.some(({ type, scheme }) => type === "http" && scheme?.toLowerCase() === "basic");
  return { operation, host, headers: [...new Set([...credentials, ...declared])], basic };
}
