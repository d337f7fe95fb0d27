import { isOrigin } from "../../src/engine/origin";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { rejectionOf } from "../harness/own-database";

describe("an origin", () => {
  it.each([
    "https://app.example",
    "https://app.example:8443",
    "https://xn--bcher-kva.example",
    "https://192.0.2.1",
    "https://[2001:db8::1]:8443",
    "http://localhost:3000",
    "http://127.0.0.1:3000",
    "http://[::1]:3000",
  ])("may be registered: %s", (origin) => {
    expect(isOrigin(origin)).toBe(true);
  });

  it.each([
    "",
    "null",
    "*",
    "https://*.example",
    "https://*",
    "https://app.example/",
    "https://app.example/path",
    "https://app.example?query",
    "https://app.example#fragment",
    "https://App.example",
    "HTTPS://app.example",
    "https://app.example:443",
    "https://app.example:",
    "https://ada@app.example",
    "https://bücher.example",
    "https://app.example https://other.example",
    "https://app.example,https://other.example",
    "http://app.example",
    "http://localhost.app.example",
    "http://localhost:80",
    "http://127.1",
    "app.example",
    "//app.example",
    "file://",
    "chrome-extension://abcdefghijklmnop",
    `https://${"a".repeat(60).concat(".").repeat(5)}example`,
  ])("cannot be registered: %j", (origin) => {
    expect(isOrigin(origin)).toBe(false);
  });
});

describe("a registration with origins", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    polymint = await startPolymint();
  });
  afterAll(() => polymint.stop());

  it("says what is wrong with which of them", async () => {
    const origins = ["https://app.example/", "https://app.example", "http://app.example"];
    expect(await rejectionOf(polymint.register({ contracts: ["abbeycross"], origins }))).toHaveProperty("faults", [
      expect.stringMatching(/^"https:\/\/app\.example\/" is not written as browsers send an origin/) as string,
      expect.stringMatching(/^"http:\/\/app\.example" is not/) as string,
    ]);
  });

  it("is refused for a client without a contract", async () => {
    const registration = { contracts: [], services: ["introspection"] as const, origins: ["https://app.example"] };
    await expect(polymint.register(registration)).rejects.toThrow(/origins are of use only with a contract/);
  });
});
