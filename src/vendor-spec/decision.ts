/** The file and the place in it where a person can change a decision. */
export type DecisionPlace =
  | { file: "spec"; /** Keys from the root of the document. */ pointer: readonly string[] }
  | { file: "policy" | "read" | "grant" | "refuse" | "demo" | "index" | "test"; /** A piece of the line. */ text: string };

/** What was decided where the vendor's file leaves a choice, or says what the server cannot do. */
export interface LocatedDecision {
  what: string;
  value: string;
  why: string;
  at: DecisionPlace;
}

/** Collects decisions in the order in which they are taken; the same decision at the same place is taken once. */
export class DecisionLog {
  readonly decisions: LocatedDecision[] = [];

  decide(pointer: readonly string[], what: string, value: string, why: string): void {
    const known = this.decisions.some((other) => other.what === what && other.value === value && isAt(other.at, pointer));
    if (!known) this.decisions.push({ what, value, why, at: { file: "spec", pointer: [...pointer] } });
  }

  /** The decisions, each at the nearest place that the finished document still has: a schema that was joined with others is gone. */
  locateIn(document: unknown, fallback: readonly string[]): LocatedDecision[] {
    return this.decisions.map((decision) =>
      decision.at.file === "spec"
        ? { ...decision, at: { ...decision.at, pointer: findNearest(document, decision.at.pointer, fallback) } }
        : decision,
    );
  }
}

function findNearest(document: unknown, pointer: readonly string[], fallback: readonly string[]): string[] {
  const nearest: string[] = [];
  let node = document;
  for (const key of pointer) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) break;
    node = (node as Record<string, unknown>)[key];
    nearest.push(key);
  }
  return nearest[0] === "components" && nearest.length < 3 ? [...fallback] : nearest;
}

function isAt(at: DecisionPlace, pointer: readonly string[]): boolean {
  return at.file === "spec" && at.pointer.join("\n") === pointer.join("\n");
}
