import { findTokenPath, type PlacedContract } from "../contracts/wire";
import { toBaseUrl } from "../http/address";
import type { Api, Endpoint, Spec } from "../http/api";
import { inlineRefs } from "../http/inline-refs";
import { listOperations, type MountableOperation } from "../http/operations";
import { isEnabled, listUrlsAtHost } from "./contracts";
import type { AppSettings } from "./options";

interface OperationObject {
  parameters?: readonly { in: string }[];
}

type Paths = Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;

/** A service at the address of a contract. */
export interface MappedApi extends Api {
  /** The contract's name. */
  contract: string;
}

/**
 * Serves the operations of contracts that name one of a service: the service answers at the contract's path too, with its own
 * spec and its own shape.
 * @param services the supporting APIs
 * @throws Error if the two have different methods
 */
export function buildMappedApis(services: readonly Api[], settings: AppSettings): MappedApi[] {
  return settings.contracts.all.flatMap((contract) =>
    listOperations(contract.spec).flatMap((own) => {
      const named = contract.operations[own.id];
      return typeof named !== "string" || named === "left_out" ? [] : mapOperation(contract, own, named, services, settings);
    }),
  );
}

function mapOperation(
  contract: PlacedContract,
  own: MountableOperation,
  named: string,
  services: readonly Api[],
  settings: AppSettings,
): MappedApi[] {
  const where = `${contract.name}: ${own.method.toUpperCase()} ${own.path}`;
  const service = services.find(({ endpoints }) => endpoints[named] !== undefined);
  const endpoint = service?.endpoints[named];
  const served = service && listOperations(service.spec).find(({ id }) => id === named);
  if (service === undefined || endpoint === undefined || served === undefined)
    throw new Error(`${where} names ${named}, which is an operation of no service`);
  if (served.method !== own.method) throw new Error(`${where} cannot be served by ${named}, which is ${served.method.toUpperCase()}`);
  // The service answers there itself.
  if (served.path === own.path && contract.address.host === undefined) return [];
  const operation = findOperation(service.spec, served);
  const inPath = (findOperation(inlineRefs(contract.spec), own).parameters ?? []).filter((parameter) => parameter.in === "path");
  const parameters = [...(operation.parameters ?? []), ...inPath];
  const spec = { ...service.spec, paths: { [own.path]: { [own.method]: { ...operation, parameters } } } };
  const enabled = service.enabled && isEnabled(contract.name, settings);
  const endpoints = { [named]: addAudiences(endpoint, contract, settings) };
  return [{ ...service, spec, endpoints, address: contract.address, enabled, contract: contract.name }];
}

/** Clients of the contract may name its token endpoint in their assertions, as they do there, and the address that they called. */
function addAudiences(endpoint: Endpoint, contract: PlacedContract, { identity: { issuer } }: AppSettings): Endpoint {
  const { handle } = endpoint;
  if (handle === undefined) return endpoint;
  const tokenPath = findTokenPath(contract);
  // A path with parameters is many addresses, and only the contract itself knows which of them are the client's.
  const tokenUrls = tokenPath.includes("{") ? [] : [`${toBaseUrl(contract.address, issuer)}${tokenPath}`];
  return {
    ...endpoint,
    handle: (request, exchange) => {
      const audiences = [...tokenUrls, ...listUrlsAtHost(exchange.path, contract.address, issuer)];
      return handle(request, { ...exchange, audiences });
    },
  };
}

/** @returns the operation, with the parameters of its path */
function findOperation(spec: Spec, { path, method }: MountableOperation): OperationObject {
  const { [method]: operation, parameters } = (spec.paths as Paths)[path] ?? {};
  return { ...operation, parameters: [...((parameters as OperationObject["parameters"]) ?? []), ...(operation?.parameters ?? [])] };
}
