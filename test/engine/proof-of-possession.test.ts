import { mustBeHolder } from "../../src/engine/proof-of-possession";
import type { ClientCertificate } from "../../src/engine/token-request";

const certificate = (thumbprint: string): ClientCertificate => ({ thumbprint, der: Buffer.alloc(0), untrusted: "signed by itself" });
const bound = { cnf: { "x5t#S256": "one" } };

describe("the holder of a token", () => {
  it("is anybody where the token is bound to nothing", () => {
    for (const shown of [undefined, certificate("one")]) expect(() => mustBeHolder({}, shown)).not.toThrow();
  });

  it("is whoever shows the certificate it is bound to, whoever issued that", () => {
    expect(() => mustBeHolder(bound, certificate("one"))).not.toThrow();
  });

  it.each<[string, Record<string, unknown>, ClientCertificate | undefined]>([
    ["another certificate", bound, certificate("two")],
    ["none", bound, undefined],
    ["a certificate, for a binding to something else", { cnf: { jkt: "x" } }, certificate("one")],
    ["none, for a binding to something else", { cnf: { jkt: "x" } }, undefined],
    ["none, for a binding to nothing", { cnf: { "x5t#S256": undefined } }, undefined],
    ["a certificate, for a binding that is none", { cnf: null }, certificate("one")],
    ["a certificate, for a binding that is a word", { cnf: "one" }, certificate("one")],
  ])("is nobody who shows %s", (_what, claims, shown) => {
    expect(() => mustBeHolder(claims, shown)).toThrow(expect.objectContaining({ code: "invalid_grant" }) as Error);
  });
});
