import request, { type Test } from "supertest";
import { readConfig } from "../../src/config";
import type { OpensAt } from "../../src/engine/working-hours";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";

/** Reads working hours from a configuration. */
function readHours(calendar: object): OpensAt {
  const { opensAt } = readConfig({ HOURS_ABBEYCROSS: JSON.stringify(calendar) }, ["abbeycross"]).contracts;
  const found = opensAt.get("abbeycross");
  if (found === undefined) throw new Error("no hours were read");
  return found;
}

const at = (text: string) => Date.parse(text);
/** @returns the next opening in ISO 8601, or `open` */
function describeOpening(opensAt: OpensAt, time: string): string {
  const opening = opensAt(at(time));
  return opening === undefined ? "open" : new Date(opening).toISOString().replace(".000Z", "Z");
}
const everyDay = (shifts: string[]) =>
  Object.fromEntries(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map((day) => [day, shifts]));
const office = ["09:00-17:00"];
const week = { monday: office, tuesday: office, wednesday: office, thursday: office, friday: office };

describe("working hours", () => {
  it.each([
    ["2026-01-15T08:59:59.999Z", "2026-01-15T09:00:00Z"],
    ["2026-01-15T09:00:00Z", "open"],
    ["2026-01-15T16:59:59.999Z", "open"],
    ["2026-01-15T17:00:00Z", "2026-01-16T09:00:00Z"],
    // From Friday to Monday.
    ["2026-01-16T17:00:00Z", "2026-01-19T09:00:00Z"],
    ["2026-01-17T12:00:00Z", "2026-01-19T09:00:00Z"],
    // In British summer an hour earlier.
    ["2026-07-15T07:59:59Z", "2026-07-15T08:00:00Z"],
    ["2026-07-15T08:00:00Z", "open"],
    ["2026-07-15T16:00:00Z", "2026-07-16T08:00:00Z"],
    // Over the weekends on which the clock is put forward (29 March) and back (25 October).
    ["2026-03-27T17:00:00Z", "2026-03-30T08:00:00Z"],
    ["2026-10-23T16:00:00Z", "2026-10-26T09:00:00Z"],
  ])("of an office in London are right at %s: %s", (time, expected) => {
    expect(describeOpening(readHours({ timeZone: "Europe/London", weekly: week }), time)).toBe(expected);
  });

  it.each([
    // 29 March 2026: at 01:00 the clock is put forward to 02:00. Shifts that begin or end in the gap do so at 02:00.
    ["01:30-03:00", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"],
    ["01:30-03:00", "2026-03-29T01:00:00Z", "open"],
    ["01:30-03:00", "2026-03-29T01:59:59Z", "open"],
    ["01:30-03:00", "2026-03-29T02:00:00Z", "2026-03-30T00:30:00Z"],
    ["00:00-01:30", "2026-03-29T00:59:59Z", "open"],
    ["00:00-01:30", "2026-03-29T01:00:00Z", "2026-03-29T23:00:00Z"],
    // The whole shift lies in the gap: there is no opening on that day.
    ["01:15-01:45", "2026-03-28T23:00:00Z", "2026-03-30T00:15:00Z"],
    // 25 October 2026: at 02:00 the clock is put back to 01:00. Shifts that begin or end in the repeated hour do so the first time.
    ["01:30-03:00", "2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z"],
    ["01:30-03:00", "2026-10-25T00:30:00Z", "open"],
    ["01:30-03:00", "2026-10-25T01:15:00Z", "open"],
    ["01:30-03:00", "2026-10-25T02:59:59Z", "open"],
    ["01:30-03:00", "2026-10-25T03:00:00Z", "2026-10-26T01:30:00Z"],
    ["00:00-01:30", "2026-10-25T00:29:59Z", "open"],
    ["00:00-01:30", "2026-10-25T00:30:00Z", "2026-10-26T00:00:00Z"],
    // A night shift is an hour shorter, or longer.
    ["22:00-06:00", "2026-03-29T04:59:59Z", "open"],
    ["22:00-06:00", "2026-03-29T05:00:00Z", "2026-03-29T21:00:00Z"],
    ["22:00-06:00", "2026-10-25T05:59:59Z", "open"],
    ["22:00-06:00", "2026-10-25T06:00:00Z", "2026-10-25T22:00:00Z"],
  ])("of %s in London are right on the day of a clock change, at %s: %s", (shift, time, expected) => {
    expect(describeOpening(readHours({ timeZone: "Europe/London", weekly: everyDay([shift]) }), time)).toBe(expected);
  });

  it.each([
    // New York: 8 March and 1 November; Lord Howe Island's summer time is half an hour; Kathmandu is 5:45 ahead of UTC.
    ["America/New_York", "02:30-04:00", "2026-03-08T06:59:59Z", "2026-03-08T07:00:00Z"],
    ["America/New_York", "09:00-17:00", "2026-11-01T13:59:59Z", "2026-11-01T14:00:00Z"],
    ["Australia/Lord_Howe", "02:15-03:00", "2026-10-03T15:29:59Z", "2026-10-03T15:30:00Z"],
    ["Asia/Kathmandu", "09:00-17:00", "2026-01-15T03:14:59Z", "2026-01-15T03:15:00Z"],
    ["Pacific/Kiritimati", "00:00-01:00", "2026-01-14T09:59:59Z", "2026-01-14T10:00:00Z"],
  ])("in %s from %s are right at %s: %s", (timeZone, shift, time, expected) => {
    expect(describeOpening(readHours({ timeZone, weekly: everyDay([shift]) }), time)).toBe(expected);
  });

  it("end with the day before a holiday, which is closed from midnight to midnight", () => {
    const night = readHours({ timeZone: "Europe/London", weekly: everyDay(["22:00-02:00"]), holidays: ["2026-12-25", "2026-12-26"] });
    expect(describeOpening(night, "2026-12-24T23:59:59Z")).toBe("open");
    expect(describeOpening(night, "2026-12-25T00:00:00Z")).toBe("2026-12-27T22:00:00Z");
    expect(describeOpening(night, "2026-12-26T23:00:00Z")).toBe("2026-12-27T22:00:00Z");
    expect(describeOpening(night, "2026-12-28T01:59:59Z")).toBe("open");
    expect(describeOpening(readHours({ timeZone: "Europe/London", weekly: week, holidays: ["2026-01-01"] }), "2025-12-31T17:00:00Z")).toBe(
      "2026-01-02T09:00:00Z",
    );
  });

  it("may have a break, touch, overlap and last the whole day", () => {
    const broken = readHours({ timeZone: "Europe/London", weekly: { thursday: ["13:00-17:00", "08:00-12:00"] } });
    expect(describeOpening(broken, "2026-01-15T12:00:00Z")).toBe("2026-01-15T13:00:00Z");
    expect(describeOpening(broken, "2026-01-15T17:00:00Z")).toBe("2026-01-22T08:00:00Z");
    const always = readHours({ timeZone: "Europe/London", weekly: everyDay(["00:00-24:00", "06:00-18:00"]) });
    for (const time of ["2026-01-15T00:00:00Z", "2026-01-15T23:59:59.999Z", "2026-03-29T01:00:00Z", "2026-10-25T01:30:00Z"]) {
      expect(describeOpening(always, time)).toBe("open");
    }
  });

  it("do not depend on the order of the questions", () => {
    const opensAt = readHours({ timeZone: "Europe/London", weekly: week });
    const asked = ["2026-01-16T18:00:00Z", "2026-01-15T12:00:00Z", "2026-01-19T09:00:00Z", "2026-01-15T12:00:00Z", "2026-01-18T00:00:00Z"];
    expect(asked.map((time) => describeOpening(opensAt, time))).toEqual([
      "2026-01-19T09:00:00Z",
      "open",
      "open",
      "open",
      "2026-01-19T09:00:00Z",
    ]);
  });

  it("agree with the wall clock in every quarter of an hour of a year", () => {
    const opensAt = readHours({ timeZone: "Europe/London", weekly: everyDay(["08:00-20:00"]) });
    const wall = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", hour: "numeric", hourCycle: "h23" });
    const wrong: string[] = [];
    for (let now = at("2026-01-01T00:00:00Z"); now < at("2027-01-01T00:00:00Z"); now += 900_000) {
      const hour = Number(wall.format(now));
      const isOpen = hour >= 8 && hour < 20;
      if ((opensAt(now) === undefined) !== isOpen) wrong.push(new Date(now).toISOString());
    }
    expect(wrong).toEqual([]);
  });

  it("without an opening between holidays are asked for again the next day", () => {
    const day = 86_400_000;
    const first = at("2026-01-01");
    const holidays = Array.from({ length: 500 }, (_, index) => new Date(first + index * day).toISOString().slice(0, 10));
    const opensAt = readHours({ timeZone: "UTC", weekly: everyDay(office), holidays });
    expect(describeOpening(opensAt, "2026-01-15T12:00:00Z")).toBe("2026-01-16T12:00:00Z");
  });
});

describe("POST /v1/oauth/token outside working hours", () => {
  let polymint: TestPolymint;
  beforeAll(async () => {
    const calendar = { timeZone: "Europe/London", weekly: week, holidays: ["2026-01-19"] };
    // A Friday, one minute before it closes.
    polymint = await startPolymint({ startAt: at("2026-01-16T16:59:00Z"), opensAt: new Map([["abbeycross", readHours(calendar)]]) });
  });
  afterAll(() => polymint.stop());

  function requestToken(secret = polymint.clients.abbeycross.secret): Test {
    return request(polymint.url).post("/v1/oauth/token").send({ client_id: polymint.clients.abbeycross.clientId, client_secret: secret });
  }

  it("answers every client 503 with the time of the next opening, and is open again then; other contracts stay open", async () => {
    expect((await requestToken()).status).toBe(200);
    polymint.clock.advance(60);
    for (const response of [await requestToken(), await requestToken("wrong")]) {
      expect(response.status).toBe(503);
      mustConform(response, "abbeycross", "/v1/oauth/token");
      expect(response.body).toMatchObject({ code: "OUTSIDE_WORKING_HOURS" });
      // To Tuesday, 09:00: Monday is a holiday.
      expect(response.headers["retry-after"]).toBe(String((3 * 24 + 16) * 3600));
    }
    const { clientId, secret } = polymint.clients.firstvision;
    expect((await request(polymint.url).post("/v1/api/oauth/token?scope=view").auth(clientId, secret)).status).toBe(200);
    polymint.clock.advance((3 * 24 + 16) * 3600);
    expect((await requestToken()).status).toBe(200);
  });
});
