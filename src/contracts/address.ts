import { type Address, isHost, isPrefix } from "../http/address";
import type { Spec } from "../http/api";
import { listOperations } from "../http/operations";
import { fitsTemplate } from "../http/path-template";
import type { Demo, DemoFacts, DemoRequest } from "./demo";
import type { PlacedContract, WiredContract } from "./wire";

/** Addresses that were configured, by the contract's name. They come before those of the policies. */
export interface ContractAddresses {
  /** `/` for none. */
  prefixes?: ReadonlyMap<string, string> | undefined;
  /** `*` for every host. */
  hosts?: ReadonlyMap<string, string> | undefined;
}

/** Places every contract at its address. @throws Error if the policy of one has a prefix or a host that is none */
export function placeContracts(contracts: readonly WiredContract[], given: ContractAddresses = {}): PlacedContract[] {
  return contracts.map((contract) => placeContract(contract, given));
}

function placeContract(contract: WiredContract, { prefixes, hosts }: ContractAddresses): PlacedContract {
  const { name, policy, spec, demo } = contract;
  const prefix = prefixes?.get(name) ?? policy.prefix ?? "/";
  const host = hosts?.get(name) ?? policy.host ?? "*";
  if (prefix !== "/" && !isPrefix(prefix)) throw new Error(`the prefix of ${name} must be a path such as /vendor, or / for none`);
  if (host !== "*" && !isHost(host)) throw new Error(`the host of ${name} must be a name without scheme and port, or * for every host`);
  const address = { prefix: prefix === "/" ? "" : prefix, host: host === "*" ? undefined : host.toLowerCase() };
  if (address.prefix === "" && address.host === undefined) return { ...contract, address };
  return { ...contract, address, spec: addPrefix(spec, address.prefix), demo: placeDemo(demo, spec, address) };
}

function addPrefix(spec: Spec, prefix: string): Spec {
  if (prefix === "") return spec;
  return {
    ...spec,
    paths: Object.fromEntries(Object.entries(spec.paths).map(([path, item]: [string, unknown]) => [`${prefix}${path}`, item])),
  };
}

/** Changes the requests of a demo that go to the contract itself. Those to a service or a page keep their address. */
function placeDemo(demo: Demo, spec: Spec, address: Address): Demo {
  const place = (request: DemoRequest): DemoRequest => placeRequest(request, spec, address);
  const request = async (facts: DemoFacts): Promise<DemoRequest> =>
    place(await demo.request({ ...facts, readAnswer: (before, member) => facts.readAnswer(place(before), member) }));
  const { withPerson } = demo;
  if (withPerson === undefined) return { ...demo, request };
  return {
    ...demo,
    request,
    withPerson: { ...withPerson, steps: (facts) => placeSteps(withPerson.steps(facts), facts.url, spec, address) },
  };
}

function placeRequest(request: DemoRequest, spec: Spec, { prefix, host }: Address): DemoRequest {
  const [path = ""] = request.path.split("?", 1);
  const isOwn = listOperations(spec).some((one) => one.path === path || (one.template && fitsTemplate(one.template, path.split("/"))));
  if (!isOwn) return request;
  const headers = host === undefined ? request.headers : { ...request.headers, Host: host };
  return { ...request, path: `${prefix}${request.path}`, ...(headers && { headers }) };
}

/** Changes the contract's URLs in commands for curl. */
function placeSteps(steps: string, url: string, spec: Spec, { prefix, host }: Address): string {
  const own = new Set(listOperations(spec).map(({ path }) => `${url}${path}`));
  return steps.replaceAll(/[^\s'"?]+/g, (word) =>
    own.has(word) ? `${host === undefined ? "" : `-H 'Host: ${host}' `}${url}${prefix}${word.slice(url.length)}` : word,
  );
}
