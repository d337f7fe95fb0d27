/** Serves small APIs of a test's own by the same mounting as the contracts, without an engine or a database. */
import express from "express";
import type { Origins } from "../../src/engine/ports/clients";
import type { Api, Endpoint, Spec } from "../../src/http/api";
import { noCorrelation } from "../../src/http/api";
import { makeCapacity } from "../../src/http/capacity";
import { makeDeadline } from "../../src/http/deadline";
import { mountApis, type MountOptions } from "../../src/http/mount";
import type { ExchangeOutcome } from "../../src/http/request-state";
import { directPeer } from "../../src/http/peer";
import { close, listen, makeServer } from "../../src/server/http-server";

export interface SmallServer {
  url: string;
  /** What became of the requests so far. */
  outcomes: readonly ExchangeOutcome[];
  stop(): Promise<void>;
}

/** No client registered an origin. */
const noOrigins: Origins = { findClients: () => Promise.resolve(new Set()), recallClients: () => undefined };

/** Starts a server of these APIs that checks every JSON answer against its spec. */
export async function serveApis(apis: readonly Api[], given: Partial<MountOptions> = {}): Promise<SmallServer> {
  const app = express();
  app.enable("case sensitive routing").enable("strict routing").set("env", "production");
  const outcomes: ExchangeOutcome[] = [];
  await mountApis(app, apis, {
    validateResponses: true,
    capacity: makeCapacity(100),
    onOutcome: (outcome) => outcomes.push(outcome),
    started: () => true,
    peerOf: directPeer,
    countSource: undefined,
    origins: noOrigins,
    deadline: makeDeadline(undefined, () => false),
    ...given,
  });
  const server = makeServer(app);
  const url = `http://127.0.0.1:${await listen(server, "127.0.0.1", 0)}`;
  return { url, outcomes, stop: () => close(server, 1_000) };
}

/** Makes an API of these paths. Its refusals name the API and their code, with the given status for each code or 400. */
export function makeSmallApi(
  name: string,
  paths: object,
  handle: Endpoint["handle"],
  statuses: Readonly<Record<string, number>> = {},
): Api {
  const spec: Spec & { openapi: string } = { openapi: "3.0.3", paths };
  const ids = Object.values(paths).flatMap((item) =>
    Object.values(item as Record<string, { operationId?: string }>).map(({ operationId = "" }) => operationId),
  );
  const endpoint: Endpoint = {
    handle,
    refuse: ({ code, problems, allow }) => ({
      status: statuses[code] ?? 400,
      headers: { Allow: allow.length === 0 ? undefined : allow.join(", ") },
      body: { api: name, code, problems: problems.map(({ in: place, path, rule }) => [place, ...path, rule].join(" ")) },
    }),
  };
  return { name, spec, enabled: true, correlation: noCorrelation, endpoints: Object.fromEntries(ids.map((id) => [id, endpoint])) };
}
