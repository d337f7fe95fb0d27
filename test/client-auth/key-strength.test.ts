import { type JsonWebKey, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import request from "supertest";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { type HandmadeRsa, makeHandmadeRsa } from "../harness/handmade-rsa";

const encodePart = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("the strength of a client's key", () => {
  let polymint: TestPolymint;
  let keyServer: Server;
  let served: readonly JsonWebKey[] = [];
  beforeAll(async () => {
    polymint = await startPolymint();
    keyServer = createServer((_incoming, outgoing) => outgoing.end(JSON.stringify({ keys: served })));
    await new Promise<void>((resolve) => keyServer.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    await polymint.stop();
    await new Promise((resolve) => (keyServer.closeAllConnections(), keyServer.close(resolve)));
  });

  const shared = { contracts: ["raidiam"], assertionAlgorithms: ["RS256"] } as const;

  /** @returns the status of a token request whose client has this key behind its jwks_uri */
  async function presentFetched({ sign }: HandmadeRsa, jwk: JsonWebKey): Promise<number> {
    served = [jwk];
    const { port } = keyServer.address() as { port: number };
    const { client } = await polymint.register({ ...shared, jwksUri: `http://127.0.0.1:${port}/${randomUUID()}` });
    const seconds = polymint.clock() / 1000;
    const claims = { iss: client.id, sub: client.id, aud: polymint.issuer, exp: seconds + 60, jti: randomUUID() };
    const input = `${encodePart({ alg: "RS256" })}.${encodePart(claims)}`;
    const response = await request(polymint.url)
      .post("/token")
      .type("form")
      .send({
        grant_type: "client_credentials",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: `${input}.${sign(input).toString("base64url")}`,
      });
    mustConform(response, "raidiam", "/token");
    return response.status;
  }

  it.each<[string, () => HandmadeRsa]>([
    ["RSA of 2048 bits", () => makeHandmadeRsa([1024, 1024])],
    ["RSA of 2048 bits with the exponent 3", () => makeHandmadeRsa([1024, 1024], 3n)],
    ["RSA of 4096 bits", () => makeHandmadeRsa([1024, 1024, 1024, 1024])],
  ])("may be %s, registered and fetched", async (_what, make) => {
    const key = make();
    await polymint.register({ ...shared, jwks: [key.jwk] });
    expect(await presentFetched(key, key.jwk)).toBe(200);
  });

  it.each<[string, string, () => HandmadeRsa]>([
    ["RSA of 1024 bits", "of 1024 bits; it must have at least 2048", () => makeHandmadeRsa([512, 512])],
    ["RSA of 2040 bits", "of 2040 bits; it must have at least 2048", () => makeHandmadeRsa([1020, 1020])],
    [
      "RSA of more than 8192 bits",
      "bits; it must have at least 2048 and at most 8192",
      () => makeHandmadeRsa(Array(8).fill(1040) as number[]),
    ],
    ["RSA with an exponent of 40 bits", "exponent", () => makeHandmadeRsa([1024, 1024], 2n ** 40n + 15n)],
  ])("must not be %s, registered or fetched", async (_what, fault, make) => {
    const key = make();
    await expect(polymint.register({ ...shared, jwks: [key.jwk] })).rejects.toThrow(fault);
    expect(await presentFetched(key, key.jwk)).toBe(400);
  });

  it("must not be lost by publishing its private half", async () => {
    const key = makeHandmadeRsa([1024, 1024]);
    await expect(polymint.register({ ...shared, jwks: [key.privateJwk] })).rejects.toThrow("private");
    expect(await presentFetched(key, key.privateJwk)).toBe(400);
  });

  it("must not come with another use, or the certificate of another key", async () => {
    const key = makeHandmadeRsa([1024, 1024]);
    for (const more of [{ use: "enc" }, { x5c: ["AAAA"] }]) {
      await expect(polymint.register({ ...shared, jwks: [{ ...key.jwk, ...more }] })).rejects.toThrow(/use|x5c/);
      expect(await presentFetched(key, { ...key.jwk, ...more })).toBe(400);
    }
  });
});
