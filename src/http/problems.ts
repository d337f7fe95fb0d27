import type { Problem, ProblemRule } from "../engine/refusal";

/** What the validator reports of one broken rule. */
export interface ValidationError {
  path: string;
  message: string;
  errorCode?: string;
}

/** The validated parts of a request, in which a problem's value is looked up. */
export type RequestParts = Readonly<Record<"body" | "query" | "headers" | "params", unknown>>;

/** The parts as problems call them. */
const places = { body: "body", query: "query", headers: "header", params: "path" } as const satisfies Record<keyof RequestParts, string>;

const rules: Readonly<Record<string, ProblemRule>> = {
  required: "required",
  type: "type",
  enum: "enum",
  pattern: "pattern",
  format: "format",
  minLength: "min_length",
  maxLength: "max_length",
  not: "exactly_one",
};

/** Texts for rules whose own message of the validator shows a regular expression or does not help the caller. */
const fixedTexts: Partial<Record<ProblemRule, string>> = {
  required: "is required",
  blank: "must not be blank",
  pattern: "does not have the required form",
  format: "does not have the required form",
};

/** Says what a field that breaks a rule lacks, where the spec is not asked: "must not be blank". */
export function describeRule(rule: ProblemRule): string {
  return fixedTexts[rule] ?? "is not valid";
}

/** Turns the validator's errors into problems: one per field and rule, in the order of the request. */
export function toProblems(errors: readonly ValidationError[], parts: RequestParts): Problem[] {
  const found = new Map<string, Problem>();
  for (const error of errors) {
    const problem = toProblem(error, parts);
    const key = `${problem.in} ${problem.path.join("/")} ${problem.rule}`;
    if (!found.has(key)) found.set(key, problem);
  }
  return [...found.values()];
}

function toProblem(error: ValidationError, parts: RequestParts): Problem {
  const [, part = "body", ...path] = error.path.split("/");
  const place = places[part as keyof RequestParts];
  const value = valueAt(parts[part as keyof RequestParts], path);
  const rule = ruleOf(error.errorCode?.split(".")[0] ?? "", value);
  const subject = path.length === 0 ? `The ${place}` : path.join(".");
  const message = `${subject} ${fixedTexts[rule] ?? error.message}`;
  return { in: place, path, rule, message, ...(value === undefined ? {} : { value }) };
}

function ruleOf(keyword: string, value: unknown): ProblemRule {
  if (value === undefined || value === null) return keyword === "not" ? "exactly_one" : "required";
  if (typeof value === "string" && value.trim() === "") return "blank";
  return rules[keyword] ?? "type";
}

function valueAt(part: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined),
    part,
  );
}

/**
 * Joins all problems of a request in one sentence, for contracts whose errors have a single text.
 * @returns undefined if there are none; then the contract uses its fixed text
 */
export function joinProblems(problems: readonly Problem[]): string | undefined {
  return problems.length === 0 ? undefined : `${problems.map(({ message }) => message).join("; ")}.`;
}

/** Makes a sentence valid as `error_description`, which may contain only printable ASCII without `"` and `\\` (RFC 6749 §5.2). */
export function toOAuthDescription(sentence: string): string {
  return sentence.replaceAll(/[^\x20-\x7e]|["\\]/g, "'");
}
