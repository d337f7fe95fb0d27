import { gzipSync } from "node:zlib";
import { type RawRequest, send } from "../../bad-input/request-builder";
import { postBytes } from "../../../harness/post-bytes";
import { type TestedOperation, type StatusCause, makeCause } from "../cause";
import { allOperations, operations } from "../operations";
import type { StatusServers } from "../stage";

/** Changes something about a good request. */
function sendChanged(change: (draft: RawRequest) => RawRequest, asked: TestedOperation) {
  return async (stage: StatusServers) => send(stage.polymint.url, change(await asked.draft(stage)));
}

const postOperations = allOperations.filter(({ method }) => method === "post");

const unknownPaths = allOperations.map((asked) =>
  makeCause(
    asked,
    404,
    "A path below the one that is known.",
    sendChanged((draft) => ({ ...draft, path: `${draft.path}/more` }), asked),
  ),
);

const methods = allOperations.map((asked) => {
  const method = asked.method === "post" ? "GET" : "POST";
  const words = `${method} in place of ${asked.method.toUpperCase()}.`;
  return makeCause(
    asked,
    405,
    words,
    sendChanged(({ path, query, headers }) => ({ method, path, query, headers }), asked),
  );
});

const tooLarge = postOperations.map((asked) =>
  makeCause(asked, 413, "A body of more than 64 KiB.", async (stage) => {
    const { body, headers } = await asked.draft(stage);
    const type = body?.as === "json" ? "application/json" : "application/x-www-form-urlencoded";
    const own = Object.fromEntries(headers.map(([name, value]) => [name, value.toString()]));
    return postBytes(`${stage.polymint.url}${asked.path}`, `x=${"y".repeat(65_536)}`, { ...own, "content-type": type });
  }),
);

const compressed = postOperations.map((asked) =>
  makeCause(asked, 415, "A body that is compressed.", ({ polymint }) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip" };
    return postBytes(`${polymint.url}${asked.path}`, gzipSync("{}"), headers);
  }),
);

/** Contracts that declare a 400 for what cannot be read; for abbeycross that is a 409. */
const unreadable = allOperations
  .filter(({ contract }) => contract !== "abbeycross")
  .map((asked) =>
    makeCause(
      asked,
      400,
      "A query that is not form encoding in UTF-8.",
      sendChanged((draft) => ({ ...draft, path: `${draft.path}?a=%ff`, query: [] }), asked),
    ),
  );

const notAcceptable = [operations.raidiam, operations.device].map((asked) =>
  makeCause(
    asked,
    406,
    "An Accept header that excludes JSON.",
    sendChanged((draft) => ({ ...draft, headers: [...draft.headers, ["Accept", "text/html"]] }), asked),
  ),
);

/** What HTTP itself refuses, whoever asks for whatever. */
export const http: readonly StatusCause[] = [...unknownPaths, ...methods, ...tooLarge, ...compressed, ...unreadable, ...notAcceptable];
