/** Causes that HTTP itself refuses, at every operation alike. */
import { gzipSync } from "node:zlib";
import { type RawRequest, send } from "../../bad-input/request-builder";
import { postBytes } from "../../../harness/post-bytes";
import { type TestedOperation, type StatusCause, makeCause } from "../cause";
import { allOperations, operations } from "../operations";
import type { StatusServers } from "../servers";

/** Sends a good request after a change. */
function sendChanged(change: (makeRequest: RawRequest) => RawRequest, operation: TestedOperation) {
  return async (servers: StatusServers) => send(servers.polymint.url, change(await operation.makeRequest(servers)));
}

const postOperations = allOperations.filter(({ method }) => method === "post");

const unknownPaths = allOperations.map((operation) =>
  makeCause(
    operation,
    404,
    "A path below that of the operation.",
    sendChanged((request) => ({ ...request, path: `${request.path}/more` }), operation),
  ),
);

/** Whether the path answers GET and POST, by an operation each. */
function isAnsweredBoth({ path }: TestedOperation): boolean {
  return allOperations.filter((each) => each.path === path).length > 1;
}

const methods = allOperations.map((operation) => {
  const method = isAnsweredBoth(operation) ? "PUT" : operation.method === "post" ? "GET" : "POST";
  const description = `${method} in place of ${operation.method.toUpperCase()}.`;
  return makeCause(
    operation,
    405,
    description,
    sendChanged(({ path, query, headers }) => ({ method, path, query, headers }), operation),
  );
});

const tooLarge = postOperations.map((operation) =>
  makeCause(operation, 413, "A body of more than 64 KiB.", async (servers) => {
    const { body, headers } = await operation.makeRequest(servers);
    const type = body?.as === "json" ? "application/json" : "application/x-www-form-urlencoded";
    const own = Object.fromEntries(headers.map(([name, value]) => [name, value.toString()]));
    return postBytes(`${servers.polymint.url}${operation.path}`, `x=${"y".repeat(65_536)}`, { ...own, "content-type": type });
  }),
);

const compressed = postOperations.map((operation) =>
  makeCause(operation, 415, "A body that is compressed.", ({ polymint }) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip" };
    return postBytes(`${polymint.url}${operation.path}`, gzipSync("{}"), headers);
  }),
);

/** abbeycross declares a 409 for requests that cannot be parsed, and no 400. */
const unreadable = allOperations
  .filter(({ contract }) => contract !== "abbeycross")
  .map((operation) =>
    makeCause(
      operation,
      400,
      "A query that is not form encoding in UTF-8.",
      sendChanged((request) => ({ ...request, path: `${request.path}?a=%ff`, query: [] }), operation),
    ),
  );

const notAcceptable = [operations.raidiam, operations.device].map((operation) =>
  makeCause(
    operation,
    406,
    "An Accept header that excludes JSON.",
    sendChanged((request) => ({ ...request, headers: [...request.headers, ["Accept", "text/html"]] }), operation),
  ),
);

export const http: readonly StatusCause[] = [...unknownPaths, ...methods, ...tooLarge, ...compressed, ...unreadable, ...notAcceptable];
