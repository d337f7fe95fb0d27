/** A date in some time zone, `YYYY-MM-DD`. */
export type LocalDate = string;

const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Tells whether there is a time zone with this IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    findFormat(name);
    return true;
  } catch {
    return false;
  }
}

/** Reads the date that it is in a time zone. @param now epoch milliseconds */
export function readLocalDate(timeZone: string, now: number): LocalDate {
  return formatDate(readWallClock(timeZone, now));
}

/** Adds days to a date. @param days may be negative */
export function addDays(date: LocalDate, days: number): LocalDate {
  return formatDate(Date.parse(date) + days * dayMs);
}

/** Finds the day of the week. @returns 0 for Sunday */
export function findWeekday(date: LocalDate): number {
  return new Date(Date.parse(date)).getUTCDay();
}

/**
 * Finds the first instant at which the local clock shows the time or a later one. For an hour that comes twice this is the
 * first of them; for an hour that is skipped it is the end of the gap.
 * @param minutes after midnight; 1440 and more are on the next day
 * @returns epoch milliseconds
 */
export function findFirstInstant(timeZone: string, date: LocalDate, minutes: number): number {
  const wanted = Date.parse(date) + minutes * 60_000;
  const offsets = [wanted - dayMs, wanted + dayMs].map((at) => readWallClock(timeZone, at) - at);
  let early = wanted - Math.max(...offsets);
  if (readWallClock(timeZone, early) >= wanted) return early;
  // Between the two instants the clock goes forward, or the zone has already left its greater offset: search for the change.
  let late = wanted - Math.min(...offsets);
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (readWallClock(timeZone, middle) >= wanted) late = middle;
    else early = middle;
  }
  return late;
}

/** Reads the local clock, as epoch milliseconds of the same date and time in UTC. */
function readWallClock(timeZone: string, at: number): number {
  const parts = findFormat(timeZone).formatToParts(at);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value);
  const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return shown + (((at % 1000) + 1000) % 1000);
}

function formatDate(wallMs: number): LocalDate {
  return new Date(wallMs).toISOString().slice(0, 10);
}

function findFormat(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" } as const;
  const made = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", calendar: "gregory", ...numeric });
  formats.set(timeZone, made);
  return made;
}
