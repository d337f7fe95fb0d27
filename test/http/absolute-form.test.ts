import { startPolymint, type TestPolymint } from "../../src/testkit";
import { sendRaw } from "../../src/contract-suite/raw-http";

let polymint: TestPolymint;
beforeAll(async () => {
  polymint = await startPolymint({ issuer: "http://polymint.test" });
});
afterAll(() => polymint.stop());

const get = (target: string) => sendRaw(polymint.url, `GET ${target} HTTP/1.1\r\nHost: whatever.example\r\n\r\n`);
const postToken = (base: string, body: object) => {
  const text = JSON.stringify(body);
  const head = `POST ${base}/v1/oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${text.length}`;
  return sendRaw(polymint.url, `${head}\r\n\r\n${text}`);
};
/** Ways to name the server that answers. */
const ownBases = () => [
  polymint.url,
  polymint.url.replace("127.0.0.1", "localhost"),
  polymint.issuer,
  `${polymint.issuer}:80`,
  "HTTP://POLYMINT.TEST",
];

describe("a target in absolute form (RFC 9112 §3.2.2)", () => {
  it("is served if it names the issuer or the address of the connection", async () => {
    for (const base of ownBases()) expect([base, (await get(`${base}/health/live`)).status]).toEqual([base, 200]);
  });

  it("is served by the pages too, with its query", async () => {
    const { status, body } = await get(`${polymint.url}/login?continue=%2Fdevice`);
    expect([status, body.includes('value="/device"')]).toEqual([200, true]);
  });

  it("goes through the same validation as origin form", async () => {
    const { clientId, secret } = polymint.clients.abbeycross;
    for (const base of ownBases()) {
      expect((await postToken(base, { client_id: clientId, client_secret: secret })).status).toBe(200);
      expect((await postToken(base, { client_id: clientId })).body).toContain("client_secret");
      expect((await get(`${base}/v1/oauth/token`)).status).toBe(405);
      expect((await get(base)).status).toBe(404);
      expect((await get(`${base}?x=1`)).status).toBe(404);
      expect((await get(`${base}//health/live`)).status).toBe(404);
      expect((await get(`${base}/health/live#x`)).status).toBe(400);
    }
  });

  it.each([
    "http://elsewhere.example",
    "http://polymint.test.elsewhere.example",
    "http://polymint.test:81",
    "https://polymint.test",
    "http://user@polymint.test",
    "http://polymint.test@elsewhere.example",
    "http://polymint.test:80:80",
    "http://",
    "ftp://polymint.test",
    "http://localhost",
    "http://169.254.169.254",
  ])("is refused if it names another host or is malformed: %s", async (base) => {
    expect([base, (await get(`${base}/health/live`)).status]).toEqual([base, 400]);
    expect((await get(`${base}/login`)).status).toBe(400);
  });
});
