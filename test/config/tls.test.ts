import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../src/config";
import { ConfigurationError } from "../../src/config/reader";
import { type Authority, type TestCertificate, makeAuthority } from "../harness/certificates";

describe("the TLS listener's configuration", () => {
  const folder = mkdtempSync(join(tmpdir(), "polymint-tls-"));
  let authority: Authority;
  let own: TestCertificate;
  let other: TestCertificate;
  let files: { cert: string; key: string; otherKey: string; ca: string; both: string; empty: string; broken: string };
  const writePem = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  beforeAll(async () => {
    authority = await makeAuthority("CN=CA");
    [own, other] = [await authority.issue({}), await authority.issue({})];
    files = {
      cert: writePem("own.crt", `# ours\n${own.cert}\n${authority.cert}`),
      key: writePem("own.key", own.key),
      otherKey: writePem("other.key", other.key),
      ca: writePem("ca.pem", authority.cert),
      both: writePem("both.pem", `${authority.cert}\n${own.cert}`),
      empty: writePem("empty.pem", "nothing"),
      broken: writePem("broken.pem", authority.cert.replace(/\n.{20}/, "\n")),
    };
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const faultsOf = (environment: Record<string, string>): readonly string[] => {
    try {
      readConfig(environment, ["weavr"]);
    } catch (thrown) {
      if (thrown instanceof ConfigurationError) return thrown.faults;
      throw thrown;
    }
    return [];
  };
  const listenerSettings = (): Record<string, string> => ({ TLS_PORT: "3443", TLS_CERT: files.cert, TLS_KEY: files.key });

  it("is read with the files it names", () => {
    const config = readConfig({ ...listenerSettings(), TLS_CLIENT_CA: files.ca, ISSUER: "https://tokens.example:8443/base" }, ["weavr"]);
    expect(config).toMatchObject({ tls: { port: 3443, key: own.key }, clientCa: authority.cert, tlsUrl: "https://tokens.example:3443" });
    expect(config.tls?.cert).toContain(own.cert);
  });

  it("has a host of its own, or that of the other listener", () => {
    const read = (more: Record<string, string>) => readConfig({ ...listenerSettings(), ...more }, ["weavr"]);
    expect(read({})).toMatchObject({ host: "127.0.0.1", tls: { host: "127.0.0.1" } });
    expect(read({ HOST: "::" })).toMatchObject({ host: "::", tls: { host: "::" } });
    expect(read({ TLS_HOST: "0.0.0.0" })).toMatchObject({ host: "127.0.0.1", tls: { host: "0.0.0.0" } });
  });

  it("may be the only one, and gives the issuer its port then", () => {
    const url = "https://localhost:3443";
    expect(readConfig({ ...listenerSettings(), PORT: "off" }, ["weavr"])).toMatchObject({ port: undefined, issuer: url, tlsUrl: url });
    const named = readConfig({ ...listenerSettings(), PORT: "off", ISSUER: "https://tokens.example" }, ["weavr"]);
    expect(named).toMatchObject({ issuer: "https://tokens.example", tlsUrl: "https://tokens.example:3443" });
  });

  it("may name the header of the listed proxies, and of no others", () => {
    const header = { CLIENT_CERT_HEADER: "Client-Cert" };
    expect(readConfig({ ...header, TRUSTED_PROXIES: "10.0.0.1" }, ["weavr"])).toMatchObject({ clientCertHeader: "client-cert" });
    expect(readConfig({ TRUSTED_PROXIES: "10.0.0.1" }, ["weavr"])).toMatchObject({ clientCertHeader: undefined });
    expect(faultsOf(header)).toEqual(["CLIENT_CERT_HEADER is of use only with TRUSTED_PROXIES"]);
  });

  it("works without client authorities, and client authorities work without a listener", () => {
    expect(readConfig(listenerSettings(), ["weavr"])).toMatchObject({ clientCa: undefined, tlsUrl: "https://localhost:3443" });
    const behindProxy = readConfig({ TLS_CLIENT_CA: files.ca, TRUSTED_PROXIES: "10.0.0.1", TLS_URL: "https://mtls.example" }, ["weavr"]);
    expect(behindProxy).toMatchObject({ tls: undefined, clientCa: authority.cert, tlsUrl: "https://mtls.example" });
  });

  it.each<[string, () => Record<string, string>, readonly string[]]>([
    ["nothing but a port", () => ({ TLS_PORT: "3443" }), ["TLS_CERT is required", "TLS_KEY is required"]],
    [
      "no port",
      () => ({ TLS_HOST: "::1", TLS_CERT: files.cert, TLS_KEY: files.key }),
      ["TLS_HOST is of use only", "TLS_CERT is of use only", "TLS_KEY is of use only"],
    ],
    ["a host that is none", () => ({ ...listenerSettings(), TLS_HOST: "no host!" }), ["TLS_HOST must be an address"]],
    ["the port of the other listener", () => ({ ...listenerSettings(), PORT: "3443" }), ["TLS_PORT must be another"]],
    [
      "files that are not there",
      () => ({ ...listenerSettings(), TLS_CERT: "/nowhere" }),
      ["TLS_CERT names a file that cannot be read (ENOENT)"],
    ],
    ["a folder", () => ({ ...listenerSettings(), TLS_KEY: folder }), ["TLS_KEY names a file that cannot be read (EISDIR)"]],
    ["a file without a certificate", () => ({ ...listenerSettings(), TLS_CERT: files.empty }), ["TLS_CERT holds no certificate"]],
    ["a broken certificate", () => ({ ...listenerSettings(), TLS_CERT: files.broken }), ["TLS_CERT holds no certificate"]],
    ["a file without a key", () => ({ ...listenerSettings(), TLS_KEY: files.cert }), ["TLS_KEY holds no private key"]],
    ["another's key", () => ({ ...listenerSettings(), TLS_KEY: files.otherKey }), ["TLS_KEY is not the key"]],
    ["a file without authorities", () => ({ ...listenerSettings(), TLS_CLIENT_CA: files.empty }), ["TLS_CLIENT_CA holds no certificate"]],
    ["broken authorities", () => ({ TLS_CLIENT_CA: files.broken }), ["TLS_CLIENT_CA holds no certificate"]],
    [
      "a client's certificate among the authorities",
      () => ({ TLS_CLIENT_CA: files.both }),
      ["TLS_CLIENT_CA holds a certificate that is no"],
    ],
    [
      "everything wrong",
      () => ({ TLS_PORT: "3443", TLS_CERT: files.empty, TLS_KEY: files.empty, TLS_CLIENT_CA: "/nowhere", TRUSTED_PROXIES: "x" }),
      ["TLS_CLIENT_CA names", "TLS_CERT holds", "TLS_KEY holds", "TRUSTED_PROXIES must"],
    ],
  ])("is refused with %s", (_what, environment, expected) => {
    const faults = faultsOf(environment());
    expect(faults).toEqual(expected.map((begin) => expect.stringContaining(begin) as string));
    expect(faults.join()).not.toContain(folder);
  });
});
