import { placeContracts } from "../contracts/address";
import { joinContracts } from "../contracts/registry";
import type { WiredContract } from "../contracts/wire";
import { makeCaller } from "../engine/caller";
import { Refusal, type RefusalCode } from "../engine/refusal";
import type { Reply } from "../http/api";
import { listOperations, type MountableOperation } from "../http/operations";
import { fitsTemplate } from "../http/path-template";
import { startPolymint, type EncodedRequest, type PlainResponse, type TestOptions, type TestPolymint } from "../testkit";
import type { CheckedResponse, DeclaredPlace } from "./conformance";
import { findToken } from "./find-token";
import { probeDemo, type DemoUse } from "./demo-use";

/** The statuses of the causes that contracts answer differently. */
export interface ContractStatuses {
  malformed: number;
  badTarget: number;
  wrongCredential: number;
  unreachable: number;
  timedOut: number;
  bodyNotRead: number;
}

/** What the suite is told about a contract. All but the name is derived from its spec, its demo and its `refuse`. */
export interface ContractUnderTest {
  name: string;
  /** Contracts beside the built-in ones: the `wiring` of another folder's `generated/wiring`. Default: none. */
  wiring?: readonly WiredContract[];
  /** Starts a server; default `startPolymint`, with those contracts beside the built-in ones. */
  start?: (options: TestOptions) => Promise<TestPolymint>;
  /** Reads the token from a good response; default the first access token (RFC 9068) in its body. */
  tokenOf?: (response: PlainResponse) => string;
  /** Statuses that the contract's documentation demands; default what its `refuse` answers. */
  statuses?: Partial<ContractStatuses>;
  /** Requests whose credentials must be refused in the same way as a wrong and an unknown client. */
  wrongCredentials?: (polymint: TestPolymint) => readonly (PromiseLike<CheckedResponse> | CheckedResponse)[];
}

/** A contract with everything that the tests derive. */
export interface Subject {
  name: string;
  contract: WiredContract;
  operation: MountableOperation;
  place: DeclaredPlace;
  /** The path of the demo request: without the query, and with its parameters filled in. */
  path: string;
  demo: EncodedRequest;
  /** The header by which the contract is found, if it has a host of its own. */
  host: Record<string, string>;
  uses: DemoUse;
  statuses: ContractStatuses;
  /** In upper case, as `Allow` lists them. */
  methods: readonly string[];
  start: (options: TestOptions) => Promise<TestPolymint>;
  tokenOf: (response: PlainResponse) => string;
  wrongCredentials: (polymint: TestPolymint) => readonly (PromiseLike<CheckedResponse> | CheckedResponse)[];
  /** Asks the contract for its reply to a refusal. */
  refuse: (refusal: Refusal) => Reply;
  statusOf: (code: RefusalCode) => number;
}

/** @throws Error if there is no such contract, or no token operation takes its demo request */
export async function readSubject(given: ContractUnderTest): Promise<Subject> {
  const { name } = given;
  const contract = placeContracts(joinContracts(given.wiring)).find((each) => each.name === name);
  if (contract === undefined) throw new Error(`there is no contract ${name}`);
  const { demo, uses } = await probeDemo(contract.demo);
  const [path = ""] = demo.path.split("?", 1);
  const operations = listOperations(contract.spec);
  const operation = operations.find(
    (each) => typeof contract.operations[each.id] === "object" && takesRequest(each, { method: demo.method, path }),
  );
  if (operation === undefined) throw new Error(`${name} declares no token operation for ${demo.method} ${path}, the request of its demo`);
  const token = contract.operations[operation.id];
  if (typeof token !== "object") throw new Error(`${name} has no ${operation.id}`);
  const declared = operations.filter((each) => each.path === operation.path).map(({ method }) => method.toUpperCase());
  const methods = declared.includes("GET") ? [...declared, "HEAD"] : declared;
  const refuse = (refusal: Refusal): Reply =>
    token.refuse(refusal, { ...noExchange, path, correlationId: crypto.randomUUID(), note: {}, caller: makeCaller() });
  const statusOf = (code: RefusalCode): number =>
    refuse(new Refusal(code, "asked by a test", { retryAfterSeconds: 1, allow: methods })).status;
  return {
    ...{ name, contract, operation, path, demo, uses, methods, refuse, statusOf },
    place: { name, spec: contract.spec, path: operation.path, method: operation.method },
    host: demo.headers.host === undefined ? {} : { host: demo.headers.host },
    start: (options) => (given.start ?? startPolymint)({ ...options, ...(given.wiring && { wiring: given.wiring }) }),
    tokenOf: given.tokenOf ?? findToken,
    wrongCredentials: (polymint) => given.wrongCredentials?.(polymint) ?? [],
    statuses: { ...deriveStatuses(operation, statusOf), ...given.statuses },
  };
}

const noExchange = { suppliedCorrelationId: undefined } as const;

/** Whether the operation answers this method and path. */
function takesRequest({ method, path, template }: MountableOperation, asked: { method: string; path: string }): boolean {
  const fits = template === undefined ? path === asked.path : fitsTemplate(template, asked.path.split("/"));
  return fits && method === asked.method.toLowerCase();
}

function deriveStatuses({ mediaType }: MountableOperation, statusOf: (code: RefusalCode) => number): ContractStatuses {
  return {
    malformed: statusOf("malformed_request"),
    badTarget: statusOf("invalid_request"),
    wrongCredential: statusOf("invalid_client"),
    unreachable: statusOf("dependency_unreachable"),
    timedOut: statusOf("dependency_timeout"),
    bodyNotRead: statusOf(mediaType === undefined ? "invalid_request" : "unsupported_media_type"),
  };
}
