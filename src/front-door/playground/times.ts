const units = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });

/** Says when something is, as people say it: "in 2 hours". @param seconds from now; negative for the past */
export function sayRelative(seconds: number): string {
  if (seconds === 0) return "now";
  const [unit, length] = units.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / length), unit);
}

/** Formats a point in time, in words. @param time epoch seconds @param now epoch milliseconds */
export function sayTime(time: number, now: number): string {
  const date = new Date(time * 1000);
  // Beyond what a Date can hold.
  if (Number.isNaN(date.getTime())) return String(time);
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC, ${sayRelative(time - Math.floor(now / 1000))}`;
}
