import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

/** The names of members, and the indexes of items, that lead from the root of a document to a node. */
export type Pointer = readonly (string | number)[];

/** Both count from 1. */
export interface Position {
  line: number;
  column: number;
}

/** A fault of a document at one of its nodes. The message says what is wrong, and the cure. */
export interface Fault {
  pointer: Pointer;
  message: string;
}

interface SpecText {
  /** Plain data: aliases and merge keys are expanded. Undefined if there are problems. */
  document: unknown;
  /** What keeps the text from being YAML, such as a key that is there twice. */
  problems: readonly { position: Position; message: string }[];
  /** Finds where a node stands. @returns the position of its key; that of its nearest ancestor if the text has no such node */
  locate: (pointer: Pointer) => Position;
}

/** A text with one fault may have many more that only follow from it. */
const mostProblems = 5;

/** Parses YAML 1.2 or JSON. Merge keys (`<<`) are supported, as in YAML 1.1. */
export function parseSpecText(text: string): SpecText {
  const lineCounter = new LineCounter();
  const parsed: Document = parseDocument(text, { merge: true, prettyErrors: false, lineCounter });
  const positionOf = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const locate = (pointer: Pointer): Position => positionOf(findOffset(parsed, pointer));
  const problems = parsed.errors
    .slice(0, mostProblems)
    .map(({ pos, message }) => ({ position: positionOf(pos[0]), message: `is not YAML: ${message}` }));
  if (problems.length > 0) return { document: undefined, problems, locate };
  try {
    return { document: toPlainData(parsed), problems, locate };
  } catch (error) {
    return {
      document: undefined,
      problems: [{ position: positionOf(0), message: `has an alias that cannot be expanded: ${(error as Error).message}` }],
      locate,
    };
  }
}

/**
 * Makes data as JSON has it: every alias gets a copy of its own.
 * @throws Error for an alias without an anchor, inside its own anchor, or for so many that they would fill the memory
 */
function toPlainData(parsed: Document): unknown {
  const data: unknown = parsed.toJS();
  return data === undefined ? undefined : (JSON.parse(JSON.stringify(data)) as unknown);
}

interface Step {
  offset: number;
  value: unknown;
}

function findOffset(parsed: Document, pointer: Pointer): number {
  let step: Step = { offset: parsed.contents?.range?.[0] ?? 0, value: parsed.contents };
  for (const name of pointer) {
    const next = findStep(parsed, step.value, String(name));
    if (next === undefined) break;
    step = next;
  }
  return step.offset;
}

function findStep(parsed: Document, node: unknown, name: string): Step | undefined {
  const target = isAlias(node) ? node.resolve(parsed) : node;
  if (isSeq(target)) {
    const item = target.items[Number(name)];
    return isNode(item) ? { offset: item.range?.[0] ?? 0, value: item } : undefined;
  }
  if (!isMap(target)) return undefined;
  for (const { key, value } of target.items) {
    if (isScalar(key) && String(key.value) === name) return { offset: key.range?.[0] ?? 0, value };
  }
  for (const { key, value } of target.items) {
    if (!isScalar(key) || key.source !== "<<") continue;
    const merged = isSeq(value) ? value.items : [value];
    const found = merged.map((each) => findStep(parsed, each, name)).find((step) => step !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}
