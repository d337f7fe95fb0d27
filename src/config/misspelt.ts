/** Shorter names belong to many programs: `HOST`, `PORT` and `LOG_LEVEL` are in every environment, and so is what differs from them by a letter. */
const leastLength = 10;
const ownPrefix = "POLYMINT_";
/** Compose files and Kubernetes say so where another service finds this one: `POLYMINT_HOST`, and `POLYMINT_PORT=tcp://10.0.0.1:3000`. */
const whereabouts = /_(?:HOST|PORT)$/;

/**
 * Finds variables that are no settings, but were meant to be: without this, `DATABSE_URL` would start a server on another database.
 *
 * A variable is one if it has nearly the name of a setting that is not set, in a file neither, or that name after `POLYMINT_`. An
 * environment also holds what other programs read, so the nearness is narrow: one letter, two of 16, three of 24. What begins with
 * `POLYMINT_` and is near to nothing is another program's too, such as the image of a compose file: it must not keep a server from starting.
 * @param names of all settings, with those of each contract
 * @returns a fault for each, with the name that was meant, where one is near
 */
export function findMisspelt(environment: Readonly<Record<string, string | undefined>>, names: readonly string[]): string[] {
  const isSet = (name: string): boolean => (environment[name] ?? "").trim() !== "";
  const known = new Set(names);
  const places = (name: string): string[] => [name, `${name}_FILE`, name.replace(/_FILE$/, "")].filter((place) => known.has(place));
  const unset = names.filter((name) => !places(name).some(isSet));
  const others = Object.keys(environment).filter((name) => !known.has(name) && isSet(name));
  return others.flatMap((name) => {
    const meant = findMeant(name.toUpperCase(), unset);
    return meant === undefined ? [] : [`${name} is not a setting; did you mean ${meant}?`];
  });
}

/** @returns the setting that was meant, if one is near enough: the nearest */
function findMeant(name: string, settings: readonly string[]): string | undefined {
  const bare = name.startsWith(ownPrefix) ? name.slice(ownPrefix.length) : undefined;
  if (bare !== undefined && settings.includes(bare) && !whereabouts.test(name)) return bare;
  const near = settings.flatMap((setting) => {
    const most = setting.length < leastLength ? -1 : Math.min(Math.floor(Math.max(setting.length, 8) / 8), 3);
    if (Math.abs(setting.length - name.length) > most) return [];
    const distance = countEdits(name, setting);
    return distance <= most ? [{ setting, distance }] : [];
  });
  return near.sort((one, other) => one.distance - other.distance)[0]?.setting;
}

/** Counts the letters to insert, leave out, replace, or exchange with their neighbour (Damerau, as optimal string alignment). */
function countEdits(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_each, at) => at);
  for (let row = 1; row <= from.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isExchanged = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const replaced = (last[column - 1] ?? 0) + (isSame ? 0 : 1);
      const exchanged = isExchanged ? (beforeLast[column - 2] ?? 0) + 1 : Infinity;
      line.push(Math.min((last[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1, replaced, exchanged));
    }
    beforeLast = last;
    last = line;
  }
  return last[to.length] ?? 0;
}
