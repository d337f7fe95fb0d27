import { findFirstInstant, type LocalDate, readLocalDate, addDays, findWeekday } from "./wall-clock";

/**
 * Tells when a contract opens. Its only state is a cache of the last answer.
 * @param now epoch milliseconds
 * @returns the next opening, in epoch milliseconds; undefined while it is open
 */
export type OpensAt = (now: number) => number | undefined;

/** In minutes after local midnight; an end after 1440 is on the next day. */
export interface Shift {
  begin: number;
  end: number;
}

export interface Calendar {
  /** IANA name. */
  timeZone: string;
  /** Sunday first. */
  weekly: readonly (readonly Shift[])[];
  /** `YYYY-MM-DD`: closed from midnight to midnight. */
  holidays: ReadonlySet<string>;
}

/** Epoch milliseconds: open from `begin`, closed again at `end`. */
interface OpeningSpan {
  begin: number;
  end: number;
}

/** Longer than any row of holidays should be. If nothing opens in that time, callers are told to ask again the next day. */
const daysAhead = 400;
const dayMs = 86_400_000;

/**
 * Makes the working hours of a calendar, by its local clock: a shift begins at the first instant at which that clock shows its
 * hour or a later one, and ends in the same way. So a shift is an hour shorter when the clock goes forward during it, and an
 * hour longer when the clock goes back.
 */
export function makeWorkingHours(calendar: Calendar): OpensAt {
  /** The last result, which holds until the next opening or closing. */
  let known: { from: number; until: number; opening: number | undefined } = { from: 0, until: 0, opening: undefined };

  return (now) => {
    if (now < known.from || now >= known.until) known = findOpening(calendar, now);
    return known.opening;
  };
}

function findOpening(calendar: Calendar, now: number): { from: number; until: number; opening: number | undefined } {
  // Yesterday's last shift may still be running.
  let date = addDays(readLocalDate(calendar.timeZone, now), -1);
  for (let day = 0; day < daysAhead; day += 1) {
    const shifts = listShifts(calendar, date);
    const open = shifts.find(({ begin, end }) => begin <= now && now < end);
    if (open !== undefined) return { from: now, until: open.end, opening: undefined };
    const next = shifts.find(({ begin }) => begin > now);
    if (next !== undefined) return { from: now, until: next.begin, opening: next.begin };
    date = addDays(date, 1);
  }
  return { from: now, until: now + dayMs, opening: now + dayMs };
}

/** Lists the shifts that begin on a day, the earliest first. A shift that would run into a holiday ends at midnight. */
function listShifts({ timeZone, weekly, holidays }: Calendar, date: LocalDate): OpeningSpan[] {
  if (holidays.has(date)) return [];
  const tomorrow = addDays(date, 1);
  const latest = holidays.has(tomorrow) ? 1440 : Infinity;
  const shifts = weekly[findWeekday(date)] ?? [];
  return shifts
    .map(({ begin, end }) => ({
      begin: findFirstInstant(timeZone, date, begin),
      end: findFirstInstant(timeZone, date, Math.min(end, latest)),
    }))
    .filter(({ begin, end }) => begin < end)
    .sort((a, b) => a.begin - b.begin);
}
