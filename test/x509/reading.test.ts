import { readFacts, thumbprintOf } from "../../src/x509/facts";
import { NameSyntaxError, parseName, isSameName } from "../../src/x509/distinguished-name";
import { selfSigned } from "../harness/certificates";

const facts = (der: Buffer): ReturnType<typeof readFacts> => readFacts({ der, thumbprint: thumbprintOf(der) });

/** The same octets, but for one run of them. */
function altered(der: Buffer, from: string, to: string): Buffer {
  const [old, other] = [Buffer.from(from, "hex"), Buffer.from(to, "hex")];
  expect([der.indexOf(old) >= 0, other.length]).toEqual([true, old.length]);
  const copy = Buffer.from(der);
  for (let at = copy.indexOf(old); at >= 0; at = copy.indexOf(old, at + 1)) other.copy(copy, at);
  return copy;
}

describe("a certificate", () => {
  it("may have no subject, and alternative names instead (RFC 5280 §4.1.2.6)", async () => {
    const { der } = await selfSigned({ subject: "", san: [{ type: "dns", value: "Client.Example" }] });
    expect(facts(der)).toMatchObject({
      subject: [],
      subjectText: "no subject",
      alternatives: [{ kind: "san_dns", value: "client.example" }],
    });
  });

  it("counts by its characters where it has a string, and by its octets elsewhere", async () => {
    const { der } = await selfSigned({ subject: "CN=Lué" });
    const encoded = Buffer.from("Lué").toString("hex");
    expect(isSameName(facts(der).subject, parseName("CN=Lué"))).toBe(true);
    const digits = altered(der, `0c04${encoded}`, "120431323334");
    expect(isSameName(facts(digits).subject, parseName("CN=1234"))).toBe(true);
    const bits = altered(der, `0c04${encoded}`, "03040075c3a9");
    expect(isSameName(facts(bits).subject, parseName("CN=#03040075c3a9"))).toBe(true);
    expect(isSameName(facts(bits).subject, parseName("CN=ué"))).toBe(false);
  });

  it.each([
    ["octets that are no UTF-8", "0c044c75c3a9", "0c044c7541e9"],
    ["a length that is spelled longer than need be", "0c044c75c3a9", "0c81034c7565"],
    ["a character beyond the reach of the reader", "0c044c75c3a9", "1c040001f600"],
  ])("is not read if its subject has %s", async (_, good, bad) => {
    const { der } = await selfSigned({ subject: "CN=Lué" });
    expect(() => facts(altered(der, good, bad))).toThrow();
  });

  it("is not read if octets stand beside its alternative names", async () => {
    const { der } = await selfSigned({ san: [{ type: "dns", value: "ab" }] });
    expect(facts(der).alternatives).toEqual([{ kind: "san_dns", value: "ab" }]);
    expect(() => facts(altered(der, "300482026162", "300281000500"))).toThrow(/DER/);
  });
});

describe("a value that a name gives by its encoding", () => {
  it.each([
    ["CN=#13024869", "CN=hi"],
    ["CN=#1e0400480069", "CN=hi"],
    ["CN=#1c080000004800000069", "CN=hi"],
    ["CN=#12023432", "CN=42"],
    ["CN=#0500", "CN=#0500"],
    ["CN=#300302012a", "CN=#300302012A"],
  ])("%s is %s", (one, other) => {
    expect(isSameName(parseName(one), parseName(other))).toBe(true);
  });

  it.each(["#", "#0", "#0c", "#0c02", "#0c0261", "#0c016100", "#0c810161", "#0c01e9", "#1e0141", "#1c040001f600", "#0201", "#1f"])(
    "%s is refused",
    (value) => {
      expect(() => parseName(`CN=${value}`)).toThrow(NameSyntaxError);
    },
  );
});
