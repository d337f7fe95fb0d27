import type { Contract } from "./contract";
import type { Demo } from "./demo";
import type { Refusal } from "../engine/refusal";
import type { ContractPolicy } from "../engine/policy";
import type { Issued } from "../engine/decision";
import type { TokenRequest } from "../engine/token-request";
import type { Address } from "../http/address";
import type { Api, Correlation, Endpoint, Reply, SomeRequest, Spec } from "../http/api";
import type { Exchange } from "../http/exchange";
import { listOperations } from "../http/operations";
import type { Issue, ServedContract } from "../engine/issue";

interface ErasedTokenOperation {
  read(request: SomeRequest): TokenRequest;
  grant(issued: Issued, exchange: Exchange): Reply;
  refuse(refusal: Refusal, exchange: Exchange): Reply;
}

/** A contract with its spec. The types of its operations are erased. */
export interface WiredContract<Name extends string = string> {
  name: Name;
  spec: Spec;
  policy: ContractPolicy;
  correlation: Correlation;
  demo: Demo;
  /** Those that issue tokens; of the others, the name of the service's operation or `left_out`. */
  operations: Readonly<Record<string, ErasedTokenOperation | string>>;
}

/** A contract at the address where it is served. The prefix is in the paths of its spec and of its demo. */
export interface PlacedContract extends WiredContract {
  address: Address;
}

const wiredHere = new WeakSet();

/** Whether the clients of a contract are programmes, whose users log in and take part in its grants. */
export function hasProgrammes({ policy }: Pick<WiredContract, "policy">): boolean {
  return policy.grants.includes("auth_token");
}

/**
 * Pairs a spec with its contract. The cast erases types that the signature has checked.
 * @throws Error if no operation issues tokens
 */
export function wire<Ops, Name extends string = string>(name: Name, spec: Spec, contract: Contract<Ops>): WiredContract<Name> {
  const wired = { name, spec, ...(contract as unknown as Omit<WiredContract, "name" | "spec">) };
  const issues = Object.values(wired.operations).some((operation) => typeof operation === "object");
  if (!issues) throw new Error(`${name}: no operation issues tokens; one needs read, grant and refuse`);
  wiredHere.add(wired);
  return wired;
}

/** @returns whether this copy of Polymint wired it. A contract of another copy throws refusals of a class that is unknown here. */
export function isWiredHere(value: unknown): value is WiredContract {
  return typeof value === "object" && value !== null && wiredHere.has(value);
}

/** Returns the path of the operation that issues tokens, the first if there are several. */
export function findTokenPath({ spec, operations }: WiredContract): string {
  return listOperations(spec).find(({ id }) => typeof operations[id] === "object")?.path ?? "";
}

/**
 * Makes the API of a contract: each operation that issues tokens reads the request, calls the engine, and translates the result.
 * Those that a service answers are not in it.
 */
export function serveContract(placed: PlacedContract, ports: ServePorts): Api {
  const { name, address, correlation, operations } = placed;
  const issuing = Object.values(operations).find((operation) => typeof operation === "object") as ErasedTokenOperation;
  const endpoints = listOperations(placed.spec).flatMap(({ id, path, template }): [string, Endpoint][] => {
    const operation = operations[id];
    if (operation === "left_out") return [[id, { handle: undefined, refuse: (refusal, exchange) => issuing.refuse(refusal, exchange) }]];
    if (typeof operation !== "object") return [];
    const handle = makeHandle(operation, path, template !== undefined, ports);
    const readCredentials = (request: SomeRequest) => operation.read(request).credentials;
    const refuse: Endpoint["refuse"] = (refusal, exchange) => operation.refuse(refusal, exchange);
    return [[id, { handle, refuse, readCredentials, readableFrom: "registered origins" }]];
  });
  const own = new Set(endpoints.map(([id]) => id));
  const spec = keepOperations(placed.spec, own);
  return { name, enabled: ports.enabled, spec, address, correlation, endpoints: Object.fromEntries(endpoints) };
}

function makeHandle(operation: ErasedTokenOperation, path: string, hasParameters: boolean, ports: ServePorts): Endpoint["handle"] {
  const { issue, served, audiencesOf } = ports;
  const fixed = { ...served, audiences: audiencesOf(path) };
  return async (request, exchange) => {
    const own = hasParameters ? { ...served, audiences: audiencesOf(exchange.path) } : fixed;
    const context = { note: exchange.note, source: request.source, caller: exchange.caller };
    return operation.grant(await issue(operation.read(request), own, context), exchange);
  };
}

/** Omits the other operations of a spec. */
function keepOperations(spec: Spec, ids: ReadonlySet<string>): Spec {
  const omitted = listOperations(spec).filter(({ id }) => !ids.has(id));
  if (omitted.length === 0) return spec;
  const isOmitted = (path: string, method: string) => omitted.some((one) => one.path === path && one.method === method);
  const paths = Object.entries(spec.paths).map(([path, item]: [string, object]) => [
    path,
    Object.fromEntries(Object.entries(item).filter(([method]) => !isOmitted(path, method))),
  ]);
  return { ...spec, paths: Object.fromEntries(paths) as object };
}

/** What serves a contract. */
export interface ServePorts {
  issue: Issue;
  served: Omit<ServedContract, "audiences">;
  /** Lists what a client assertion may name as its audience at a path. */
  audiencesOf: (path: string) => readonly string[];
  enabled: boolean;
}
