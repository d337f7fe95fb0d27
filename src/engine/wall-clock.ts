/** `YYYY-MM-DD`, of a calendar that hangs in some time zone. */
export type LocalDate = string;

const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** @returns whether there is such a time zone, by its IANA name */
export function isTimeZone(name: string): boolean {
  try {
    findFormat(name);
    return true;
  } catch {
    return false;
  }
}

/** @param now epoch milliseconds */
export function readLocalDate(timeZone: string, now: number): LocalDate {
  return formatDate(readWallClock(timeZone, now));
}

/** @param days may be negative */
export function addDays(date: LocalDate, days: number): LocalDate {
  return formatDate(Date.parse(date) + days * dayMs);
}

/** @returns 0 for Sunday */
export function findWeekday(date: LocalDate): number {
  return new Date(Date.parse(date)).getUTCDay();
}

/**
 * The first instant, in epoch milliseconds, at which the clock on the wall shows a time or a later one: of an hour that
 * comes twice the first, and the end of a gap for an hour that does not come at all.
 * @param minutes after midnight; 1440 and more are on the next day
 */
export function findFirstInstant(timeZone: string, date: LocalDate, minutes: number): number {
  const wanted = Date.parse(date) + minutes * 60_000;
  const offsets = [wanted - dayMs, wanted + dayMs].map((at) => readWallClock(timeZone, at) - at);
  let early = wanted - Math.max(...offsets);
  if (readWallClock(timeZone, early) >= wanted) return early;
  // Between the two the clock is put forward, or the zone has left its greater offset already.
  let late = wanted - Math.min(...offsets);
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (readWallClock(timeZone, middle) >= wanted) late = middle;
    else early = middle;
  }
  return late;
}

/** What the clock on the wall shows, as if it hung in UTC. In epoch milliseconds. */
function readWallClock(timeZone: string, at: number): number {
  const parts = findFormat(timeZone).formatToParts(at);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value);
  const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return shown + (((at % 1000) + 1000) % 1000);
}

function formatDate(shown: number): LocalDate {
  return new Date(shown).toISOString().slice(0, 10);
}

function findFormat(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" } as const;
  const made = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", calendar: "gregory", ...numeric });
  formats.set(timeZone, made);
  return made;
}
