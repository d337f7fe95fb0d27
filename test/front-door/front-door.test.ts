/** Every page for integrators, over HTTP and in Chromium. They share a server, since one is slow to start. */
import { defineChromiumCases } from "./chromium.cases";
import { defineHttpCases } from "./http.cases";
import { definePlaygroundCases } from "./playground.cases";
import { type PlaygroundServer, startPlayground } from "./playground-server";

let server: PlaygroundServer;
beforeAll(async () => {
  server = await startPlayground({ limits: { perSource: { count: 40, windowSeconds: 600 } } });
});
afterAll(() => server.polymint.stop());

describe("the front door", defineHttpCases);
describe("the playground", () => definePlaygroundCases(() => server));
describe("in Chromium", () => defineChromiumCases(() => server));
