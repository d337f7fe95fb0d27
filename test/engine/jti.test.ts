import { makeJti } from "../../src/engine/jti";

const now = Date.UTC(2026, 0, 15, 12);

describe("a jti", () => {
  it("is a UUIDv7 that begins with the time (RFC 9562 §5.7)", () => {
    for (const ms of [0, 1, now, 2 ** 48 - 1]) {
      const jti = makeJti(ms);
      expect(jti).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(parseInt(jti.slice(0, 13).replace("-", ""), 16)).toBe(ms);
    }
  });

  it("sorts by the time it was made", () => {
    const jtis = [now, now + 1, now + 1000, now + 86_400_000].map(makeJti);
    expect([...jtis].sort()).toEqual(jtis);
  });

  it("is never the same twice, even across refills of the random pool", () => {
    const jtis = Array.from({ length: 50_000 }, () => makeJti(now));
    expect(new Set(jtis).size).toBe(jtis.length);
  });

  it("has 74 random bits, each set about as often as not", () => {
    const jtis = Array.from({ length: 2000 }, () => BigInt(`0x${makeJti(now).replaceAll("-", "")}`));
    const random = Array.from({ length: 80 }, (_, bit) => bit).filter((bit) => bit < 62 || (bit >= 64 && bit < 76));
    const timesSet = (bit: number) => jtis.filter((jti) => ((jti >> BigInt(bit)) & 1n) === 1n).length;
    expect(random).toHaveLength(74);
    // Eight standard deviations, of 22 each.
    expect(random.filter((bit) => Math.abs(timesSet(bit) - jtis.length / 2) > 180)).toEqual([]);
  });
});
