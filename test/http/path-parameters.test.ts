import { makeSmallApi, serveApis, type SmallServer } from "../harness/small-api";
import { sendRaw } from "../../src/contract-suite/raw-http";

const parameter = (name: string, schema: object) => ({ in: "path", name, required: true, schema });
const responses = { 200: { description: "What was read.", content: { "application/json": { schema: { type: "object" } } } } };
const answers = { ...responses, default: responses[200] };
const id = parameter("id", { type: "string", maxLength: 12, pattern: "^[^!]*$" });

const paths = {
  "/securities/{id}/token": {
    parameters: [id],
    post: { operationId: "issueSecurityToken", responses: answers },
  },
  "/securities/own/token": { post: { operationId: "issueOwnToken", responses: answers } },
  "/units/{unit-no}/{year}": {
    get: {
      operationId: "readUnit",
      parameters: [parameter("unit-no", { type: "string" }), parameter("year", { type: "integer" })],
      responses: answers,
    },
  },
  "/papers/{id}/sell:now": { post: { operationId: "sellPaper", parameters: [id], responses: answers } },
};

let server: SmallServer;
beforeAll(async () => {
  const statuses = { not_found: 404, method_not_allowed: 405, malformed_request: 422 };
  const handle = ({ params }: { params: unknown }) => Promise.resolve({ status: 200, body: { params } });
  const last = makeSmallApi("last", { "/last": { get: { operationId: "readLast", responses: answers } } }, handle, statuses);
  server = await serveApis([makeSmallApi("securities", paths, handle, statuses), last]);
});
afterAll(() => server.stop());

async function send(target: string, method = "POST"): Promise<{ status: number; body: Record<string, unknown> }> {
  const { status, body } = await sendRaw(server.url, `${method} ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
  return { status, body: JSON.parse(Buffer.from(body, "latin1").toString("utf8")) as Record<string, unknown> };
}
const operationOf = () => server.outcomes.at(-1)?.operation;

describe("a path with parameters", () => {
  it.each([
    ["/securities/42/token", { id: "42" }],
    ["/securities/AB%20c/token?x=1", { id: "AB c" }],
    ["/securities/%C3%A9/token", { id: "é" }],
    ["/securities/__proto__/token", { id: "__proto__" }],
    ["/papers/7/sell:now", { id: "7" }],
  ])("is served, with its parameters decoded: %s", async (target, params) => {
    expect(await send(target)).toEqual({ status: 200, body: { params } });
  });

  it("has parameters of the types in its spec, whatever their names", async () => {
    expect((await send("/units/n-1/1999", "GET")).body).toEqual({ params: { "unit-no": "n-1", year: 1999 } });
    expect((await send("/units/n-1/then", "GET")).body.problems).toEqual(["path year type"]);
  });

  it("leaves a path without parameters to the operation of that path", async () => {
    await send("/securities/own/token");
    expect(operationOf()).toBe("issueOwnToken");
  });

  it("is reported by its operation, and not by the value of a parameter", async () => {
    await send("/securities/4711/token");
    expect(operationOf()).toBe("issueSecurityToken");
    expect(server.outcomes.at(-1)?.isUnknownPath).toBe(false);
  });

  it.each([
    ["longer than the spec allows", "/securities/1234567890123/token", 400, ["path id max_length"]],
    ["of another form than the spec's", "/securities/a!/token", 400, ["path id pattern"]],
    ["with an encoded slash", "/securities/a%2Fb/token", 400, ["path id pattern"]],
    ["with a NUL character", "/securities/a%00/token", 400, ["path id pattern"]],
    ["that is not UTF-8", "/securities/%ff/token", 422, ["path undecodable"]],
    ["with half an escape", "/securities/%4/token", 422, ["path undecodable"]],
  ])("refuses a parameter %s, in the shape of its api", async (_what, target, status, problems) => {
    expect(await send(target)).toMatchObject({ status, body: { api: "securities", problems } });
  });

  it.each(["/securities//token", "/securities/42/token/", "/securities/42/TOKEN", "/securities/42/token/more", "//securities/42/token"])(
    "answers a path that is nearly its own in the shape of its api: %s",
    async (target) => {
      expect(await send(target)).toMatchObject({ status: 404, body: { api: "securities", code: "not_found" } });
      expect(server.outcomes.at(-1)?.isUnknownPath).toBe(true);
    },
  );

  it("answers 405 for another method", async () => {
    expect(await send("/securities/42/token", "PUT")).toMatchObject({ status: 405, body: { api: "securities" } });
    expect(await send("/units/1/2", "POST")).toMatchObject({ status: 405, body: { api: "securities" } });
  });

  it("leaves all other paths to the last api", async () => {
    expect(await send("/elsewhere/42/token")).toMatchObject({ status: 404, body: { api: "last" } });
  });
});

it("a parameter that is only a part of a segment stops the start, with the path named", async () => {
  const api = makeSmallApi("parts", { "/files/{name}.json": { get: { operationId: "readFile", responses } } }, () =>
    Promise.resolve({ status: 200 }),
  );
  await expect(serveApis([api])).rejects.toThrow("/files/{name}.json: a parameter must be a whole segment");
});
