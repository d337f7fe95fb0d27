import { mustBeHolder } from "../../src/engine/proof-of-possession";
import type { ClientCertificate } from "../../src/engine/token-request";

const makeCertificate = (thumbprint: string): ClientCertificate => ({ thumbprint, der: Buffer.alloc(0), untrusted: "signed by itself" });
const bound = { cnf: { "x5t#S256": "one" } };

describe("proof of possession of a token", () => {
  it("is not needed for a token without a binding", () => {
    for (const shown of [undefined, makeCertificate("one")]) expect(() => mustBeHolder({}, shown)).not.toThrow();
  });

  it("is given by the certificate that the token is bound to, whatever its issuer", () => {
    expect(() => mustBeHolder(bound, makeCertificate("one"))).not.toThrow();
  });

  it.each<[string, Record<string, unknown>, ClientCertificate | undefined]>([
    ["another certificate", bound, makeCertificate("two")],
    ["no certificate", bound, undefined],
    ["a certificate, for a binding to another kind of proof", { cnf: { jkt: "x" } }, makeCertificate("one")],
    ["no certificate, for a binding to another kind of proof", { cnf: { jkt: "x" } }, undefined],
    ["no certificate, for a binding without a value", { cnf: { "x5t#S256": undefined } }, undefined],
    ["a certificate, for a binding of null", { cnf: null }, makeCertificate("one")],
    ["a certificate, for a binding that is a text", { cnf: "one" }, makeCertificate("one")],
  ])("is refused with %s", (_what, claims, shown) => {
    expect(() => mustBeHolder(claims, shown)).toThrow(expect.objectContaining({ code: "invalid_grant" }) as Error);
  });
});
