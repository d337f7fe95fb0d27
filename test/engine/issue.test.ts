import jwt from "jsonwebtoken";
import request, { type Response } from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";

let polymint: TestPolymint;
beforeAll(async () => {
  polymint = await startPolymint();
});
afterAll(() => polymint.stop());

type RegisteredClient = Awaited<ReturnType<TestPolymint["register"]>>;

const register = (): Promise<RegisteredClient> =>
  polymint.register({ contracts: ["screening-eagle"], scopes: ["inspect", "email"], claims: { userID: 1302 } });

function requestToken({ client, secret }: Pick<RegisteredClient, "client" | "secret">, form: object = {}): Promise<Response> {
  return Promise.resolve(
    request(polymint.url)
      .post("/api/id/v1/auth/token")
      .type("form")
      .auth(client.id, secret?.value ?? "")
      .send({ grant_type: "client_credentials", scope: "inspect", ...form }),
  );
}

const lastOutcome = () => polymint.logs.at(-1)?.outcome;
const rowsOf = (clientId: string) => polymint.database.build((knex) => knex("issued_tokens").where("client_id", clientId));

/** Changes a client in the database, in ways that registration would refuse. */
async function changeClient({ client }: RegisteredClient, columns: object): Promise<void> {
  await polymint.database.build((knex) => knex("clients").where("id", client.id).update(columns));
}

describe("issuing a token", () => {
  it("records what the token says, and never the token", async () => {
    const registered = await register();
    const { body } = (await requestToken(registered, { scope: "email inspect email" })) as { body: { access_token: string } };
    const claims = jwt.decode(body.access_token) as jwt.JwtPayload;
    const rows = await rowsOf(registered.client.id);
    expect(rows).toEqual([
      {
        jti: claims.jti,
        issued_at: new Date(polymint.clock()),
        expires_at: new Date((claims.exp ?? 0) * 1000),
        dialect: "screening-eagle",
        client_id: registered.client.id,
        grant_type: "client_credentials",
        subject: "1302",
        actor: null,
        scope: "email inspect",
        family: null,
        revoked_at: null,
        stepped_up_until: null,
      },
    ]);
    expect(JSON.stringify(rows)).not.toContain(body.access_token.slice(-20));
  });

  it("lets no claim of a client's stand in for the server's own", async () => {
    const registered = await register();
    const claims = { iss: "https://evil.example", sub: "root", aud: "all", exp: 9e9, iat: 1, jti: "mine", scp: "admin", userRegion: "SG" };
    await changeClient(registered, { claims: JSON.stringify(claims) });
    const { body } = (await requestToken(registered)) as { body: { access_token: string } };
    const seconds = polymint.clock() / 1000;
    const token = jwt.decode(body.access_token) as jwt.JwtPayload;
    const [row] = (await rowsOf(registered.client.id)) as { jti: string }[];
    const { id } = registered.client;
    expect(token).toMatchObject({ iss: polymint.issuer, sub: id, aud: id, iat: seconds, exp: seconds + 604_800, jti: row?.jti });
    expect(token).toMatchObject({ scp: "inspect", userRegion: "SG" });
  });

  it("refuses a client that is registered for another contract, like an unknown one", async () => {
    const { client, secret } = await polymint.register({ contracts: ["firstvision"], claims: { firstVisionId: "x" } });
    expect((await requestToken({ client, secret })).status).toBe(401);
    expect(lastOutcome()).toBe("invalid_client");
  });

  it("refuses a client that is registered for another way to prove itself", async () => {
    const registered = await register();
    await changeClient(registered, { auth_methods: ["client_secret_post"] });
    expect((await requestToken(registered)).status).toBe(401);
    expect(lastOutcome()).toBe("invalid_client");
  });

  it("refuses a client that is not registered for the grant", async () => {
    const registered = await register();
    await changeClient(registered, { grants: [] });
    expect((await requestToken(registered)).status).toBe(403);
    expect(lastOutcome()).toBe("unauthorized_client");
  });

  it("refuses a scope that the client is not registered for, whatever else it asks for", async () => {
    const registered = await register();
    expect((await requestToken(registered, { scope: "inspect profile" })).status).toBe(403);
    expect(lastOutcome()).toBe("invalid_scope");
  });

  it("refuses two credentials at once, though both are right (RFC 6749 §2.3)", async () => {
    const registered = await register();
    const twice = { client_id: registered.client.id, client_secret: registered.secret?.value };
    expect((await requestToken(registered, twice)).status).toBe(400);
    expect(lastOutcome()).toBe("invalid_request");
  });

  it("writes nothing for what it refuses", async () => {
    const registered = await register();
    for (const form of [{ scope: "unknown" }, { scope: "" }, { grant_type: "password" }, { client_secret: "x" }]) {
      expect((await requestToken(registered, form)).status).toBeGreaterThanOrEqual(400);
    }
    expect(await rowsOf(registered.client.id)).toEqual([]);
  });
});
