import type { ClientPlan } from "../clients/plan";
import type { SpecFile } from "../spec-files";
import { writeBrunoCollection } from "./bruno";
import { writePostmanCollection, writePostmanEnvironment } from "./postman";
import { type Collection, listContractRequests } from "./requests";
import { listServiceRequests } from "./services";

/** Makes the collection of a contract. */
export function makeContractCollection(name: string, plan: ClientPlan): Collection {
  const about =
    "`tokens` has what can be sent at any time; `once` what needs a code or another thing that works once; `after` what can be done with a token.";
  return { name, about, requests: listContractRequests(plan), demoClient: `demo-${name}` };
}

/** Makes one collection of all services; none if there are none. */
export function makeServiceCollections(services: readonly SpecFile[]): Collection[] {
  if (services.length === 0) return [];
  const requests = services.flatMap(({ name, document }) => listServiceRequests(name.slice("services/".length), document));
  return [{ name: "services", about: "The operations beside the token endpoints, a folder for each service.", requests }];
}

/** Writes a collection for both programs. @returns texts by their path below `generated/collections/` */
export function writeCollection(collection: Collection): Map<string, string> {
  const { name } = collection;
  const bruno = [...writeBrunoCollection(collection)].map(([path, text]): [string, string] => [`bruno/${name}/${path}`, text]);
  return new Map([
    [`postman/${name}.postman_collection.json`, writePostmanCollection(collection)],
    [`postman/${name}.postman_environment.json`, writePostmanEnvironment(collection)],
    ...bruno,
  ]);
}
