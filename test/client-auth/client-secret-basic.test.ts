import request, { type Response } from "supertest";
import { readBasic } from "../../src/http/authorization-header";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";

const path = "/api/id/v1/auth/token";
let polymint: TestPolymint;
let id: string;
let secret: string;

beforeAll(async () => {
  polymint = await startPolymint();
  ({ clientId: id, secret } = polymint.clients["screening-eagle"]);
});
afterAll(() => polymint.stop());

async function present(authorization: string | undefined): Promise<Response> {
  const asking = request(polymint.url).post(path).type("form");
  if (authorization !== undefined) asking.set("authorization", authorization);
  const response = await asking.send({ grant_type: "client_credentials", scope: "inspect" });
  mustConform(response, "screening-eagle", path);
  return response;
}

const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");
const formEncoded = (text: string) => new URLSearchParams([["", text]]).toString().slice(1);

describe("Basic credentials", () => {
  it.each<[string, () => string]>([
    ["as curl sends them", () => `Basic ${base64(`${id}:${secret}`)}`],
    ["under a scheme in small letters (RFC 9110 §11.1)", () => `basic ${base64(`${id}:${secret}`)}`],
    ["after several spaces", () => `Basic   ${base64(`${id}:${secret}`)}`],
    ["without padding", () => `Basic ${base64(`${id}:${secret}`).replace(/=+$/, "")}`],
    ["form-encoded to the last character", () => `Basic ${base64(`${percentEncoded(id)}:${percentEncoded(secret)}`)}`],
  ])("are accepted %s", async (_what, authorization) => {
    expect((await present(authorization())).status).toBe(200);
  });

  it("must not have an id with a colon, whose client is refused when it registers", async () => {
    const refused = [
      { contracts: ["firstvision"] },
      { contracts: ["screening-eagle"] },
      { contracts: [], services: ["introspection"] as const },
      { contracts: ["abbeycross", "firstvision"], authMethods: ["client_secret_post", "client_secret_basic"] as const },
    ];
    for (const [index, registration] of refused.entries())
      await expect(polymint.register({ ...registration, id: `acme:${index}` })).rejects.toThrow("RFC 7617");
    await polymint.register({ contracts: ["abbeycross"], id: "acme:post" });
  });

  it("are decoded as RFC 6749, Appendix B encodes them: its example works as id and as secret", () => {
    const encoded = "+%25%26%2B%C2%A3%E2%82%AC";
    const [clientId, clientSecret] = [" %&+£€", " %&+£€"];
    expect(readBasic(`Basic ${base64(`${encoded}:${encoded}`)}`)).toEqual({ method: "client_secret_basic", clientId, clientSecret });
  });

  const percentEncoded = (text: string) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");

  it.each<[string, RegExp, () => string | undefined]>([
    ["are missing", /no credential/, () => undefined],
    ["are of another scheme", /no credential/, () => `Bearer ${secret}`],
    ["are empty", /not base64|no credential/, () => "Basic "],
    ["are not base64", /not base64/, () => `Basic ${id}:${secret}`],
    ["are base64 with a space in it", /not base64/, () => `Basic ${base64(`${id}:${secret}`).replace(/^..../, "$& ")}`],
    ["are in the URL-safe alphabet", /not base64/, () => `Basic ${Buffer.from(`${id}:${secret}>>>???`).toString("base64url")}-_`],
    ["are not UTF-8", /not UTF-8/, () => `Basic ${base64(Buffer.from([0x61, 0x3a, 0xff]))}`],
    ["have no colon", /no colon/, () => `Basic ${base64(id)}`],
    ["have an empty secret", /wrong secret/, () => `Basic ${base64(`${id}:`)}`],
    ["have an empty id", /unknown client/, () => `Basic ${base64(`:${secret}`)}`],
    ["have nothing but a colon", /unknown client/, () => `Basic ${base64(":")}`],
    ["have a NUL byte in the id", /unknown client/, () => `Basic ${base64(`${id}\0:${secret}`)}`],
    ["have a NUL byte in the secret", /wrong secret/, () => `Basic ${base64(`${id}:${secret}\0`)}`],
    ["have a percent-encoded NUL byte in the id", /unknown client/, () => `Basic ${base64(`${id}%00:${secret}`)}`],
    ["have an id in other letters", /unknown client/, () => `Basic ${base64(`${id.toUpperCase()}:${secret}`)}`],
    ["have a secret that goes on after a colon", /wrong secret/, () => `Basic ${base64(`${id}:${secret}:`)}`],
    ["have a secret cut short", /wrong secret/, () => `Basic ${base64(`${id}:${secret.slice(0, -1)}`)}`],
    ["have an id of a kilobyte", /unknown client/, () => `Basic ${base64(`${"x".repeat(1024)}:${secret}`)}`],
    ["have another client's secret", /wrong secret/, () => `Basic ${base64(`${id}:${polymint.clients.firstvision.secret}`)}`],
    ["have broken percent-encoding", /unknown client/, () => `Basic ${base64(`${id}%zz:${secret}`)}`],
  ])("are refused when they %s", async (_what, reason, authorization) => {
    const response = await present(authorization());
    expect(response.status).toBe(401);
    expect(response.body).toEqual({ error: "Unauthorized", errorDescription: "Client authentication failed." });
    expect(response.headers["www-authenticate"]).toMatch(/^Basic /);
    expect(polymint.logs.at(-1)?.detail).toMatch(reason);
  });

  it("are accepted form-encoded if the id has reserved characters (RFC 6749 §2.3.1)", async () => {
    const registered = await polymint.register({
      contracts: ["screening-eagle"],
      scopes: ["inspect"],
      id: "team/eagle.1",
      claims: { userID: 1 },
    });
    const own = registered.secret?.value ?? "";
    expect((await present(`Basic ${base64(`${formEncoded("team/eagle.1")}:${own}`)}`)).status).toBe(200);
    expect((await present(`Basic ${base64(`team/eagle.1:${own}`)}`)).status).toBe(200);
  });

  it("reveal that a client is disabled only if the secret is right", async () => {
    const registered = await polymint.register({ contracts: ["screening-eagle"], scopes: ["inspect"], claims: { userID: 1 } });
    await polymint.database.build((knex) => knex("clients").where("id", registered.client.id).update({ status: "disabled" }));
    expect((await present(`Basic ${base64(`${registered.client.id}:wrong`)}`)).status).toBe(401);
    expect((await present(`Basic ${base64(`${registered.client.id}:${registered.secret?.value ?? ""}`)}`)).status).toBe(403);
  });
});
