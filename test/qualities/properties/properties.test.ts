/** Requests generated from the specs, most of them malformed, at a server in its own process. */
import { createServer, type RequestListener } from "node:http";
import { close, listen } from "../../../src/server/http-server";
import { runProperties, type TestedServer } from "./run";

const megabyte = 1_048_576;

jest.setTimeout(180_000);

it("the server answers every generated request with a declared response, and never with 5xx", async () => {
  const { requests, statuses, growth } = await runProperties({ requests: 3_000, seed: 20_260_115 });
  expect(requests).toBeGreaterThanOrEqual(3_000);
  // The test proves something only if requests reach every outcome: a token, each kind of refusal, a protocol error.
  for (const status of ["200", "400", "401", "404", "405", "409", "413", "415"])
    expect([status, statuses[status] ?? 0]).not.toEqual([status, 0]);
  expect(growth.heapUsed / megabyte).toBeLessThan(100);
  expect(growth.rss / megabyte).toBeLessThan(100);
});

/** Servers that the test must reject. */
const wrongServers: Readonly<Record<string, RequestListener>> = {
  "answers 500": (_asked, answer) => answer.writeHead(500, { "cache-control": "no-store" }).end(),
  "answers with an undeclared status": (_asked, answer) => answer.writeHead(402, { "cache-control": "no-store" }).end("{}"),
  "answers with an undeclared body": (_asked, answer) => answer.writeHead(404, { "cache-control": "no-store" }).end('{"error":"nothing"}'),
  "does not answer": (asked) => asked.socket.destroy(),
};

it.each(Object.entries(wrongServers))("(control) the test rejects a server that %s", async (_what, listener) => {
  await expect(runProperties({ requests: 100, seed: 1, start: () => startWrongServer(listener) })).rejects.toThrow(/^seed 1, path /);
});

async function startWrongServer(listener: RequestListener): Promise<TestedServer> {
  const server = createServer(listener);
  return {
    url: `http://127.0.0.1:${await listen(server, "127.0.0.1", 0)}`,
    known: { clients: {}, assertions: [""], authToken: "", identities: [""] },
    isAlive: () => true,
    measureMemory: () => Promise.resolve({ heapUsed: 0, rss: 0 }),
    stop: () => close(server, 0),
  };
}
