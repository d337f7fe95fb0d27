import { readFileSync } from "node:fs";
import type { Reader } from "./reader";
import { isTimeZone } from "../engine/wall-clock";
import { type Calendar, makeWorkingHours, type OpensAt, type Shift } from "../engine/working-hours";

const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/**
 * Reads a calendar from the setting, or from the file that it names. Faults go to the reader.
 * @returns undefined for a contract that is always open
 */
export function readWorkingHours(read: Reader, name: string): OpensAt | undefined {
  const text = read.text(name);
  const faults: string[] = [];
  const calendar = text === undefined ? undefined : parseCalendar(text, faults);
  if (faults.length > 0) read.faults.push(`${name} ${faults.join("; ")}`);
  return calendar === undefined || faults.length > 0 ? undefined : makeWorkingHours(calendar);
}

function parseCalendar(text: string, faults: string[]): Calendar | undefined {
  const json = text.startsWith("{") ? text : readContent(text, faults);
  const value = json === undefined ? undefined : parseObject(json, faults);
  if (value === undefined) return undefined;
  const { timeZone, weekly, holidays = [], ...others } = value;
  if (Object.keys(others).length > 0) faults.push("has members other than timeZone, weekly and holidays");
  if (typeof timeZone !== "string" || !isTimeZone(timeZone)) faults.push('needs a timeZone such as "Europe/London"');
  return { timeZone: String(timeZone), weekly: parseWeek(weekly, faults), holidays: parseHolidays(holidays, faults) };
}

function readContent(path: string, faults: string[]): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    faults.push(`names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? "no reason given"})`);
    return undefined;
  }
}

function parseObject(json: string, faults: string[]): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (isObject(value)) return value;
  } catch {
    // Reported below. The parser's own message would repeat the text.
  }
  faults.push("must be a JSON object, or the path of a file that holds one");
  return undefined;
}

function parseWeek(weekly: unknown, faults: string[]): Calendar["weekly"] {
  const days = isObject(weekly) ? weekly : {};
  if (!Object.keys(days).every((day) => weekdays.includes(day)))
    faults.push("may have in weekly only the days monday to sunday, in small letters");
  const week = weekdays.map((day) => parseShifts(day, days[day] ?? [], faults));
  if (week.every((shifts) => shifts.length === 0)) faults.push('needs opening hours in weekly, such as {"monday": ["08:00-18:00"]}');
  return week;
}

function parseShifts(day: string, listed: unknown, faults: string[]): Shift[] {
  const shifts = Array.isArray(listed) ? listed.map(parseShift) : [undefined];
  if (shifts.includes(undefined)) faults.push(`must list the hours of ${day} like ["08:00-12:00", "22:00-02:00"]`);
  return shifts.filter((shift) => shift !== undefined);
}

/** Parses one shift. An end that is not after its begin is on the next day. */
function parseShift(text: unknown): Shift | undefined {
  const [, beginHour, beginMinute, endHour, endMinute] =
    /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(typeof text === "string" ? text.replace(/-24:00$/, "-00:00") : "") ?? [];
  if (beginHour === undefined) return undefined;
  const [begin, end] = [Number(beginHour) * 60 + Number(beginMinute), Number(endHour) * 60 + Number(endMinute)];
  return { begin, end: end > begin ? end : end + 1440 };
}

function parseHolidays(listed: unknown, faults: string[]): ReadonlySet<string> {
  const dates: unknown[] = Array.isArray(listed) ? listed : [undefined];
  if (!dates.every(isDate)) faults.push('must list the holidays like ["2026-12-25"]');
  return new Set(dates.filter(isDate));
}

function isDate(text: unknown): text is string {
  if (typeof text !== "string" || !/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
