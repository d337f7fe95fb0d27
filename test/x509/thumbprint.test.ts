import { readFacts, thumbprintOf } from "../../src/x509/facts";
import { parseName, isSameName } from "../../src/x509/distinguished-name";

/** RFC 8705, Appendix A. */
const certificate = `MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID
SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=`;
const der = Buffer.from(certificate, "base64");

describe("the certificate of RFC 8705, Appendix A", () => {
  it("has the thumbprint that the RFC gives", () => {
    expect(thumbprintOf(der)).toBe("A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0");
  });

  it("is read with its subject and its validity", () => {
    const { subject, alternatives, validFrom, validTo } = readFacts({ der, thumbprint: thumbprintOf(der) });
    expect(isSameName(subject, parseName("CN=mtls"))).toBe(true);
    expect(alternatives).toEqual([]);
    expect([new Date(validFrom).toISOString(), new Date(validTo).toISOString()]).toEqual([
      "2018-10-18T12:37:09.000Z",
      "2022-05-02T12:37:09.999Z",
    ]);
  });
});

describe("the comparison of names", () => {
  it.each([
    ["UID=jsmith,DC=example,DC=net", "uid=JSmith, dc=Example, dc=NET"],
    ["OU=Sales+CN=J.  Smith,DC=example,DC=net", "CN=J. Smith+OU=Sales,DC=example,DC=net"],
    ['CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net', "CN=James \\22Jim\\22 Smith\\2C III,DC=example,DC=net"],
    ["CN=Before\\0dAfter,DC=example,DC=net", "CN=before after,DC=example,DC=net"],
    ["1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0=#04024869"],
    ["CN=Lu\\C4\\8Di\\C4\\87", "CN=Lučić"],
    ["CN=#0c0161", "CN=A"],
  ])("takes %s and %s for the same name (RFC 4514 §4)", (one, other) => {
    expect(isSameName(parseName(one), parseName(other))).toBe(true);
  });

  it.each([
    ["CN=a,O=b", "O=b,CN=a"],
    ["CN=a+O=b", "CN=a,O=b"],
    ["CN=a", "CN=a,O=b"],
    ["CN=a", "CN=a+CN=a"],
    ["CN=ab", "CN=a b"],
    ["CN=a", "O=a"],
    ["1.2.3=#04024869", "1.2.3=Hi"],
    ["CN=\\2b", "CN=b"],
  ])("takes %s and %s for different names", (one, other) => {
    expect(isSameName(parseName(one), parseName(other))).toBe(false);
  });
});
