import { gzipSync } from "node:zlib";
import { type Draft, send } from "../../bad-input/request-builder";
import { postBytes } from "../../../harness/post-bytes";
import { type Asked, type Cause, causeOf } from "../cause";
import { allOperations, operations } from "../operations";
import type { Stage } from "../stage";

/** Changes something about a good request. */
function changed(change: (draft: Draft) => Draft, asked: Asked) {
  return async (stage: Stage) => send(stage.polymint.url, change(await asked.draft(stage)));
}

const posting = allOperations.filter(({ method }) => method === "post");

const unknownPaths = allOperations.map((asked) =>
  causeOf(
    asked,
    404,
    "A path below the one that is known.",
    changed((draft) => ({ ...draft, path: `${draft.path}/more` }), asked),
  ),
);

const methods = allOperations.map((asked) => {
  const method = asked.method === "post" ? "GET" : "POST";
  const words = `${method} in place of ${asked.method.toUpperCase()}.`;
  return causeOf(
    asked,
    405,
    words,
    changed(({ path, query, headers }) => ({ method, path, query, headers }), asked),
  );
});

const tooLarge = posting.map((asked) =>
  causeOf(asked, 413, "A body of more than 64 KiB.", async (stage) => {
    const { body, headers } = await asked.draft(stage);
    const type = body?.as === "json" ? "application/json" : "application/x-www-form-urlencoded";
    const own = Object.fromEntries(headers.map(([name, value]) => [name, value.toString()]));
    return postBytes(`${stage.polymint.url}${asked.path}`, `x=${"y".repeat(65_536)}`, { ...own, "content-type": type });
  }),
);

const encoded = posting.map((asked) =>
  causeOf(asked, 415, "A body that is compressed.", ({ polymint }) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip" };
    return postBytes(`${polymint.url}${asked.path}`, gzipSync("{}"), headers);
  }),
);

/** Contracts that declare a 400 for what cannot be read; for abbeycross that is a 409. */
const unreadable = allOperations
  .filter(({ contract }) => contract !== "abbeycross")
  .map((asked) =>
    causeOf(
      asked,
      400,
      "A query that is not form encoding in UTF-8.",
      changed((draft) => ({ ...draft, path: `${draft.path}?a=%ff`, query: [] }), asked),
    ),
  );

const notAcceptable = [operations.raidiam, operations.device].map((asked) =>
  causeOf(
    asked,
    406,
    "An Accept header that excludes JSON.",
    changed((draft) => ({ ...draft, headers: [...draft.headers, ["Accept", "text/html"]] }), asked),
  ),
);

/** What HTTP itself refuses, whoever asks for whatever. */
export const http: readonly Cause[] = [...unknownPaths, ...methods, ...tooLarge, ...encoded, ...unreadable, ...notAcceptable];
