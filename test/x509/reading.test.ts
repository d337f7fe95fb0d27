import { readFacts, thumbprintOf } from "../../src/x509/facts";
import { NameSyntaxError, parseName, isSameName } from "../../src/x509/distinguished-name";
import { makeSelfSigned } from "../harness/certificates";

const factsOf = (der: Buffer): ReturnType<typeof readFacts> => readFacts({ der, thumbprint: thumbprintOf(der) });

/** Replaces one run of octets by another of the same length. */
function replaceOctets(der: Buffer, from: string, to: string): Buffer {
  const [old, other] = [Buffer.from(from, "hex"), Buffer.from(to, "hex")];
  expect([der.indexOf(old) >= 0, other.length]).toEqual([true, old.length]);
  const copy = Buffer.from(der);
  for (let at = copy.indexOf(old); at >= 0; at = copy.indexOf(old, at + 1)) other.copy(copy, at);
  return copy;
}

describe("reading a certificate", () => {
  it("accepts an empty subject beside alternative names (RFC 5280 §4.1.2.6)", async () => {
    const { der } = await makeSelfSigned({ subject: "", san: [{ type: "dns", value: "Client.Example" }] });
    expect(factsOf(der)).toMatchObject({
      subject: [],
      subjectText: "no subject",
      alternatives: [{ kind: "san_dns", value: "client.example" }],
    });
  });

  it("compares string values of the subject by their characters, and other values by their octets", async () => {
    const { der } = await makeSelfSigned({ subject: "CN=Lué" });
    const encoded = Buffer.from("Lué").toString("hex");
    expect(isSameName(factsOf(der).subject, parseName("CN=Lué"))).toBe(true);
    const digits = replaceOctets(der, `0c04${encoded}`, "120431323334");
    expect(isSameName(factsOf(digits).subject, parseName("CN=1234"))).toBe(true);
    const bits = replaceOctets(der, `0c04${encoded}`, "03040075c3a9");
    expect(isSameName(factsOf(bits).subject, parseName("CN=#03040075c3a9"))).toBe(true);
    expect(isSameName(factsOf(bits).subject, parseName("CN=ué"))).toBe(false);
  });

  it.each([
    ["octets that are not UTF-8", "0c044c75c3a9", "0c044c7541e9"],
    ["a length in more octets than needed", "0c044c75c3a9", "0c81034c7565"],
    ["a character that the reader cannot represent", "0c044c75c3a9", "1c040001f600"],
  ])("refuses a subject with %s", async (_, good, bad) => {
    const { der } = await makeSelfSigned({ subject: "CN=Lué" });
    expect(() => factsOf(replaceOctets(der, good, bad))).toThrow();
  });

  it("refuses alternative names with other octets beside them", async () => {
    const { der } = await makeSelfSigned({ san: [{ type: "dns", value: "ab" }] });
    expect(factsOf(der).alternatives).toEqual([{ kind: "san_dns", value: "ab" }]);
    expect(() => factsOf(replaceOctets(der, "300482026162", "300281000500"))).toThrow(/DER/);
  });
});

describe("a value given by its encoding", () => {
  it.each([
    ["CN=#13024869", "CN=hi"],
    ["CN=#1e0400480069", "CN=hi"],
    ["CN=#1c080000004800000069", "CN=hi"],
    ["CN=#12023432", "CN=42"],
    ["CN=#0500", "CN=#0500"],
    ["CN=#300302012a", "CN=#300302012A"],
  ])("makes %s the same name as %s", (one, other) => {
    expect(isSameName(parseName(one), parseName(other))).toBe(true);
  });

  it.each(["#", "#0", "#0c", "#0c02", "#0c0261", "#0c016100", "#0c810161", "#0c01e9", "#1e0141", "#1c040001f600", "#0201", "#1f"])(
    "is refused as CN=%s",
    (value) => {
      expect(() => parseName(`CN=${value}`)).toThrow(NameSyntaxError);
    },
  );
});
