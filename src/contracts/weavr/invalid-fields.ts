import type { components } from "../../../generated/weavr";
import type { Problem, ProblemRule } from "../../engine/refusal";

export type InvalidField = components["schemas"]["WeavrInvalidField"];

/** The facts about a request body that its problems do not show. */
export interface BodyShape {
  /** Members that must be present. A body that is not an object lacks all of them. */
  required: readonly string[];
  /** Members that are objects. A value of another type counts as missing. */
  objects: readonly string[];
  /** Members of which exactly one must be present. */
  alternatives: readonly string[];
}

/** Rules without an error are about the request as a whole, so there is no field to name. */
const errors = {
  required: "REQUIRED",
  blank: "HAS_TEXT",
  type: "REGEX",
  enum: "NOT_IN",
  pattern: "REGEX",
  format: "REGEX",
  min_length: "SIZE",
  max_length: "SIZE",
  exactly_one: "EXACTLY",
  duplicated: "EXACTLY",
  undecodable: undefined,
  not_empty: undefined,
} as const satisfies Record<ProblemRule, InvalidField["error"] | undefined>;

/** Makes the contract's list of faults: every invalid field, once for each rule that it breaks. */
export function listInvalidFields(problems: readonly Problem[], shape: BodyShape): InvalidField[] {
  const fields = problems.flatMap((problem) => listFieldsOf(problem, shape));
  return [...new Map(fields.map((field) => [JSON.stringify(field), field])).values()];
}

function listFieldsOf(problem: Problem, shape: BodyShape): InvalidField[] {
  const fieldName = problem.path.at(-1);
  const error = chooseError(problem, shape);
  if (error === undefined) return [];
  if (fieldName !== undefined) return [{ params: problem.path.slice(0, -1), fieldName, error }];
  return listBodyFields(problem, shape).map((name) => ({ params: [], fieldName: name, error }));
}

function chooseError({ in: place, path, rule }: Problem, shape: BodyShape): InvalidField["error"] | undefined {
  const blankOrMistyped = rule === "blank" || rule === "type";
  if (blankOrMistyped && (path.length === 0 || shape.objects.includes(path.join(".")))) return "REQUIRED";
  return rule === "blank" && place === "header" ? "REQUIRED" : errors[rule];
}

/** Lists the fields to report for a fault of the body as a whole. */
function listBodyFields({ in: place, rule }: Problem, shape: BodyShape): readonly string[] {
  if (place !== "body") return [];
  if (rule === "exactly_one") return shape.alternatives;
  return rule === "type" || rule === "blank" || rule === "required" ? shape.required : [];
}
