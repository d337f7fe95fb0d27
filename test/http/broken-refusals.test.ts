import { sendRaw } from "../../src/contract-suite/raw-http";
import type { Endpoint } from "../../src/http/api";
import { makeSmallApi, serveApis, type SmallServer } from "../harness/small-api";

const responses = { default: { description: "Done.", content: { "application/json": { schema: { type: "object" } } } } };

type Refuse = Endpoint["refuse"];

/** What a contract of another folder may do wrong when it answers a refusal. */
const faults: Record<string, Refuse> = {
  throws: () => {
    throw new TypeError("answers[code] is undefined");
  },
  "has-no-status": () => ({ status: undefined as unknown as number, body: {} }),
  "has-a-status-that-is-none": () => ({ status: 42, body: {} }),
  "has-a-header-with-a-line-break": () => ({ status: 400, headers: { "X-A": "a\r\nb" }, body: {} }),
  "answers-nothing": () => undefined as unknown as ReturnType<Refuse>,
};

let server: SmallServer;
beforeAll(async () => {
  const apis = Object.entries(faults).map(([name, refuse]) => {
    const paths = { [`/${name}`]: { post: { operationId: name, responses } } };
    const api = makeSmallApi(name, paths, () => Promise.reject(new Error("the engine failed")));
    return { ...api, endpoints: Object.fromEntries(Object.entries(api.endpoints).map(([id, endpoint]) => [id, { ...endpoint, refuse }])) };
  });
  server = await serveApis(apis);
});
afterAll(() => server.stop());

it.each(Object.keys(faults))("a contract whose refusal %s is answered for, and both faults are logged", async (name) => {
  const before = server.outcomes.length;
  const { status, headers, body } = await sendRaw(server.url, `POST /${name} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
  expect({ status, body: JSON.parse(body) as unknown }).toEqual({ status: 500, body: { error: "server_error" } });
  expect(headers).toMatchObject({ "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  const [outcome, ...others] = server.outcomes.slice(before);
  expect(others).toEqual([]);
  expect(outcome).toMatchObject({ contract: name, status: 500, refusal: { code: "server_error" } });
  expect(outcome?.refusal?.message).toContain("the engine failed");
});
