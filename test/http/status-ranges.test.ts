import request, { type Response } from "supertest";
import type { Reply } from "../../src/http/api";
import { makeSmallApi, serveApis, type SmallServer } from "../harness/small-api";

const json = (required: string) => ({
  description: required,
  content: { "application/json": { schema: { type: "object", required: [required] } } },
});
const paths = {
  "/ranged": {
    post: {
      operationId: "askRanged",
      responses: { 200: json("token"), 401: json("challenge"), "4XX": json("code"), default: json("trouble") },
    },
  },
  "/defaulted": { post: { operationId: "askDefaulted", responses: { 200: json("token"), default: json("code") } } },
};

let reply: Reply;
let server: SmallServer;
beforeAll(async () => {
  server = await serveApis([makeSmallApi("ranged", paths, () => Promise.resolve(reply), { server_error: 500 })]);
});
afterAll(() => server.stop());

async function answer(path: string, status: number, body: object): Promise<Response> {
  reply = { status, body };
  return request(server.url).post(path);
}

describe("the check of answers against a spec with ranges and default", () => {
  it.each([
    ["/ranged", 401, { challenge: "c" }],
    ["/ranged", 404, { code: "c" }],
    ["/ranged", 503, { trouble: "t" }],
    ["/defaulted", 401, { code: "c" }],
    ["/defaulted", 503, { code: "c" }],
  ])("takes for %s and status %i what the spec declares nearest: %j", async (path, status, body) => {
    expect(await answer(path, status, body)).toMatchObject({ status, body });
  });

  it.each([
    ["/ranged", 401, { code: "c" }],
    ["/ranged", 404, { trouble: "t" }],
    ["/defaulted", 404, { trouble: "t" }],
  ])("finds for %s and status %i that another body does not fit: %j", async (path, status, body) => {
    expect(await answer(path, status, body)).toMatchObject({ status: 500, body: { code: "server_error" } });
  });
});

describe("a caller that does not accept JSON", () => {
  const ask = async (path: string) => {
    reply = { status: 200, body: { token: "t" } };
    return request(server.url).post(path).set("Accept", "text/html");
  };

  it("is refused where a range declares 406", async () => {
    expect((await ask("/ranged")).body).toMatchObject({ code: "not_acceptable" });
  });

  it("is answered with JSON where only default could stand for 406", async () => {
    expect((await ask("/defaulted")).body).toEqual({ token: "t" });
  });
});
