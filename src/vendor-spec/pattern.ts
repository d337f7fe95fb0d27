/** An unbounded repetition: `*`, `+` or `{2,}`, not escaped and outside of brackets. */
const unbounded = /[*+]|\{\d+,\}/g;

/**
 * Says why a vendor's pattern cannot be used, or nothing. A pattern that JavaScript does not read stops the server; one that can take
 * more than linear time lets one caller hold up all the others. The test is strict: at most one unbounded repetition, after `^`, in
 * no group.
 */
export function findPatternFault(pattern: string): string | undefined {
  if (!compiles(pattern)) return "it is no regular expression of JavaScript";
  if (/^\/\^.*\$\/[a-z]*$/s.test(pattern)) return "with the slashes around it, it matches nothing";
  const bare = hideClasses(pattern);
  const repetitions = bare.match(unbounded)?.length ?? 0;
  if (repetitions === 0) return undefined;
  const simple = repetitions === 1 && bare.startsWith("^") && !/[()|]/.test(bare);
  return simple ? undefined : "it could take more than linear time";
}

/** Puts `_` for every escaped character and every class in brackets. */
function hideClasses(pattern: string): string {
  let bare = "";
  let inClass = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === "\\") at += 1;
    if (!inClass && character !== "[") bare += character === "\\" ? "_" : character;
    if (character === "[") inClass = true;
    if (character === "]" && inClass) {
      inClass = false;
      bare += "_";
    }
  }
  return bare;
}

function compiles(pattern: string): boolean {
  try {
    return Reflect.construct(RegExp, [pattern, "u"]) instanceof RegExp;
  } catch {
    return false;
  }
}
