import express from "express";
import request, { type Test } from "supertest";
import definition from "../../src/contracts/abbeycross";
import { placeContracts } from "../../src/contracts/address";
import { wire, type WiredContract } from "../../src/contracts/wire";
import { wiring } from "../../generated/wiring";
import { buildContractApis } from "../../src/app/contracts";
import { buildEngine } from "../../src/app/engine";
import { buildMappedApis } from "../../src/app/mapped-operations";
import { resolveOptions } from "../../src/app/options";
import { buildServiceApis } from "../../src/app/services";
import { makeCapacity } from "../../src/http/capacity";
import { makeDeadline } from "../../src/http/deadline";
import { mountApis } from "../../src/http/mount";
import { directPeer } from "../../src/http/peer";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { appOptionsOf } from "../harness/app-options";

const form = { required: true, content: { "application/x-www-form-urlencoded": { schema: { type: "object" } } } };
const responses = { 200: { description: "Done." } };
const own = wiring.find(({ name }) => name === "abbeycross") as WiredContract;
const paths = {
  ...own.spec.paths,
  "/v1/oauth/revocations": { post: { operationId: "revokeAtVendor", requestBody: form, responses } },
  "/v1/{realm}/checks": {
    parameters: [{ in: "path", name: "realm", required: true, schema: { type: "string", maxLength: 8 } }],
    post: { operationId: "checkAtVendor", requestBody: form, responses },
  },
  "/v1/oauth/authorize": { get: { operationId: "authorizeAtVendor", responses }, post: { operationId: "authorizeByPost", responses } },
};
const operations = {
  ...definition.operations,
  revokeAtVendor: "revokeToken",
  checkAtVendor: "introspectToken",
  authorizeAtVendor: "left_out",
  authorizeByPost: "left_out",
};
const vendor: WiredContract = { ...own, spec: { ...own.spec, paths }, operations };

let polymint: TestPolymint;
let app: express.Express;
beforeAll(async () => {
  polymint = await startPolymint();
  app = await startServer(vendor);
});
afterAll(() => polymint.stop());

async function startServer(contract: WiredContract): Promise<express.Express> {
  const plain = resolveOptions(appOptionsOf(polymint));
  const prefixes = new Map([["abbeycross", "/vendor"]]);
  const settings = { ...plain, contracts: { ...plain.contracts, all: placeContracts([contract], { prefixes }) } };
  const engine = buildEngine(settings);
  const services = buildServiceApis(engine, settings, () => true);
  const made = express();
  await mountApis(made, [...buildContractApis(engine, settings), ...buildMappedApis(services, settings), ...services], {
    ...{ validateResponses: true, started: () => true, peerOf: directPeer, countSource: undefined, onOutcome: () => undefined },
    ...{ capacity: makeCapacity(100), deadline: makeDeadline(undefined, () => false), origins: engine.origins },
  });
  return made;
}

const credentials = () => polymint.clients.abbeycross;
const postForm = (path: string, sent: object): Test => {
  const { clientId, secret } = credentials();
  return request(app)
    .post(path)
    .type("form")
    .send({ client_id: clientId, client_secret: secret, ...sent });
};

async function issueToken(): Promise<string> {
  const { clientId, secret } = credentials();
  const answer = await request(app).post("/vendor/v1/oauth/token").send({ client_id: clientId, client_secret: secret }).expect(200);
  return (answer.body as { access_token: string }).access_token;
}

describe("an operation of a contract that names one of a service", () => {
  it("is served by the service at the contract's path, for the contract's clients", async () => {
    const token = await issueToken();
    await postForm("/vendor/v1/oauth/revocations", { token }).expect(200);
    const row = (await polymint.database.build((knex) => knex("issued_tokens").whereNotNull("revoked_at"))) as unknown[];
    expect(row).toHaveLength(1);
  });

  it("is validated by the service's spec and by the parameters of the contract's path", async () => {
    await postForm("/vendor/v1/oauth/revocations", {}).expect(400);
    // The demo client is not registered for introspection.
    await postForm("/vendor/v1/main/checks", { token: "x" }).expect(403);
    await postForm("/vendor/v1/far-too-long/checks", { token: "x" }).expect(400);
  });

  it("is answered in the service's shape", async () => {
    const answer = await request(app).post("/vendor/v1/oauth/revocations").type("form").send({ token: "x" }).expect(401);
    expect(answer.body).toMatchObject({ error: "invalid_client" });
    await request(app).get("/vendor/v1/oauth/revocations").expect(405).expect("Allow", "POST");
  });

  it("does not start if the service's operation has another method", async () => {
    const wrong = { ...vendor, operations: { ...vendor.operations, authorizeAtVendor: "revokeToken" } };
    await expect(startServer(wrong)).rejects.toThrow("GET /vendor/v1/oauth/authorize cannot be served by revokeToken, which is POST");
  });
});

describe("an operation of a contract that is left out", () => {
  it.each(["get", "post", "put"] as const)("answers 404 in the contract's shape: %s", async (method) => {
    const answer = await request(app)[method]("/vendor/v1/oauth/authorize").expect(404);
    expect(answer.body).toMatchObject({ code: "NOT_FOUND", errorId: expect.any(String) as string });
  });
});

it("a contract none of whose operations issues tokens is not wired", () => {
  const answers = { ...definition, operations: { revokeAtVendor: "revokeToken" } } as const;
  expect(() => wire<Record<"revokeAtVendor", unknown>>("vendor", { paths: {} }, answers)).toThrow("vendor: no operation issues tokens");
});
