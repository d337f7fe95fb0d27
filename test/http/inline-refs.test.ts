import express from "express";
import request from "supertest";
import { wiring } from "../../generated/wiring";
import type { Api } from "../../src/http/api";
import { inlineRefs } from "../../src/http/inline-refs";
import { listOperations } from "../../src/http/operations";
import { makeValidator, warmValidator } from "../../src/http/validator";

const tree = {
  type: "object",
  properties: { name: { type: "string" }, below: { type: "array", items: { $ref: "#/components/schemas/Tree" } } },
};

function makeSpec(schema: object) {
  const content = { "application/json": { schema } };
  const post = { operationId: "plant", requestBody: { required: true, content }, responses: { 204: { description: "Done." } } };
  return { openapi: "3.0.3", info: { title: "Trees", version: "1" }, paths: { "/trees": { post } } };
}

/** Makes an app that validates requests with that spec. @returns a function that sends a tree and returns the status */
async function makeSender(spec: Api["spec"]): Promise<(tree: unknown) => Promise<number>> {
  const validator = makeValidator({ name: "trees", spec } as unknown as Api, false);
  const app = express();
  for (const operation of listOperations(spec)) {
    const handlers = [validator.makeMatch(operation), express.json(), ...validator.check];
    app.post(operation.path, ...handlers, (_request, response) => void response.sendStatus(204));
    await warmValidator(app, validator, operation);
  }
  app.use(
    ((error: { status?: number }, _request, response, _next) =>
      void response.sendStatus(error.status ?? 500)) as express.ErrorRequestHandler,
  );
  return async (sent) =>
    (
      await request(app)
        .post("/trees")
        .send(sent as object)
    ).status;
}

describe("the references of a spec", () => {
  it("are replaced by their targets, however often they occur and whatever their names contain", () => {
    const name = { type: "string", maxLength: 3 };
    const pair = {
      type: "object",
      properties: { one: { $ref: "#/components/schemas/a~1b~0" }, two: { $ref: "#/components/schemas/a~1b~0" } },
    };
    const components = { schemas: { "a/b~": name, Pair: pair } };
    const whole = { ...makeSpec({ type: "array", items: { $ref: "#/components/schemas/Pair" } }), components };
    const before = structuredClone(whole);
    const plain = { type: "object", properties: { one: name, two: name } };
    expect(inlineRefs(whole)).toEqual(makeSpec({ type: "array", items: plain }));
    expect(whole).toEqual(before);
  });

  it("are all replaced in every contract", () => {
    for (const { spec } of wiring) expect(JSON.stringify(inlineRefs(spec))).not.toContain("$ref");
  });

  it("cause an error that names them if they lead nowhere", () => {
    expect(() => inlineRefs(makeSpec({ $ref: "#/components/schemas/None" }))).toThrow("#/components/schemas/None leads nowhere");
  });

  it("of a recursive schema are validated to any depth", async () => {
    const spec = { ...makeSpec({ $ref: "#/components/schemas/Tree" }), components: { schemas: { Tree: tree } } };
    const send = await makeSender(spec);
    const deep = (name: unknown) => ({ name: "a", below: [{ name: "b", below: [{ name: "c", below: [{ name }] }] }] });
    expect(await send(deep("d"))).toBe(204);
    expect(await send(deep(7))).toBe(400);
  });

  it("of a discriminator are kept, and select the schema", async () => {
    const kind = (name: string) => ({
      type: "object",
      required: ["kind", name],
      properties: { kind: { type: "string" }, [name]: { type: "integer" } },
    });
    const refs = { oak: "#/components/schemas/Oak", elm: "#/components/schemas/Elm" };
    const either = { oneOf: Object.values(refs).map(($ref) => ({ $ref })), discriminator: { propertyName: "kind", mapping: refs } };
    const spec = { ...makeSpec(either), components: { schemas: { Oak: kind("acorns"), Elm: kind("samaras") } } };
    const send = await makeSender(spec);
    expect([await send({ kind: "oak", acorns: 3 }), await send({ kind: "elm", samaras: 3 })]).toEqual([204, 204]);
    expect([await send({ kind: "oak", samaras: 3 }), await send({ kind: "ash", acorns: 3 })]).toEqual([400, 400]);
  });
});
