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

function specOf(schema: object) {
  const content = { "application/json": { schema } };
  const post = { operationId: "plant", requestBody: { required: true, content }, responses: { 204: { description: "Done." } } };
  return { openapi: "3.0.3", info: { title: "Trees", version: "1" }, paths: { "/trees": { post } } };
}

/** @returns what plants a tree at an app with that spec, to the status it answers */
async function planting(spec: Api["spec"]): Promise<(tree: unknown) => Promise<number>> {
  const validator = makeValidator({ name: "trees", spec } as unknown as Api, false);
  const app = express();
  app.post("/trees", validator.match, express.json(), ...validator.check, (_request, response) => void response.sendStatus(204));
  app.use(
    ((error: { status?: number }, _request, response, _next) =>
      void response.sendStatus(error.status ?? 500)) as express.ErrorRequestHandler,
  );
  for (const operation of listOperations(spec)) await warmValidator(app, validator, operation);
  return async (planted) =>
    (
      await request(app)
        .post("/trees")
        .send(planted as object)
    ).status;
}

describe("a spec's references", () => {
  it("have what they lead to in their place, however often and whatever it is called", () => {
    const name = { type: "string", maxLength: 3 };
    const pair = {
      type: "object",
      properties: { one: { $ref: "#/components/schemas/a~1b~0" }, two: { $ref: "#/components/schemas/a~1b~0" } },
    };
    const components = { schemas: { "a/b~": name, Pair: pair } };
    const whole = { ...specOf({ type: "array", items: { $ref: "#/components/schemas/Pair" } }), components };
    const before = structuredClone(whole);
    const plain = { type: "object", properties: { one: name, two: name } };
    expect(inlineRefs(whole)).toEqual(specOf({ type: "array", items: plain }));
    expect(whole).toEqual(before);
  });

  it("are not left in any contract", () => {
    for (const { spec } of wiring) expect(JSON.stringify(inlineRefs(spec))).not.toContain("$ref");
  });

  it("that lead nowhere are named", () => {
    expect(() => inlineRefs(specOf({ $ref: "#/components/schemas/None" }))).toThrow("#/components/schemas/None leads nowhere");
  });

  it("that lead back to themselves are checked to any depth", async () => {
    const spec = { ...specOf({ $ref: "#/components/schemas/Tree" }), components: { schemas: { Tree: tree } } };
    const send = await planting(spec);
    const deep = (name: unknown) => ({ name: "a", below: [{ name: "b", below: [{ name: "c", below: [{ name }] }] }] });
    expect(await send(deep("d"))).toBe(204);
    expect(await send(deep(7))).toBe(400);
  });

  it("that a discriminator names are left to it", async () => {
    const kind = (name: string) => ({
      type: "object",
      required: ["kind", name],
      properties: { kind: { type: "string" }, [name]: { type: "integer" } },
    });
    const refs = { oak: "#/components/schemas/Oak", elm: "#/components/schemas/Elm" };
    const either = { oneOf: Object.values(refs).map(($ref) => ({ $ref })), discriminator: { propertyName: "kind", mapping: refs } };
    const spec = { ...specOf(either), components: { schemas: { Oak: kind("acorns"), Elm: kind("samaras") } } };
    const send = await planting(spec);
    expect([await send({ kind: "oak", acorns: 3 }), await send({ kind: "elm", samaras: 3 })]).toEqual([204, 204]);
    expect([await send({ kind: "oak", samaras: 3 }), await send({ kind: "ash", acorns: 3 })]).toEqual([400, 400]);
  });
});
