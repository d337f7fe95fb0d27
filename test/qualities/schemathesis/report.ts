/** What schemathesis found in one spec. */
export interface SpecResult {
  spec: string;
  requests: number;
  /** Kinds of failures, each once per operation. Undefined if the run itself did not end well. */
  failures: readonly string[] | undefined;
  seconds: number;
}

interface ToolReport {
  running_time: number;
  test_cases: { generated: number };
  failures: { title: string; operations: string[] }[];
  errors: unknown[];
}

/** Reads the report of a run. A run without a report, or with errors of its own, has not tested the spec. */
export function readReport(spec: string, report: unknown): SpecResult {
  if (report === undefined) return { spec, requests: 0, failures: undefined, seconds: 0 };
  const { running_time, test_cases, failures, errors } = report as ToolReport;
  return {
    spec,
    requests: test_cases.generated,
    failures: errors.length > 0 ? undefined : failures.flatMap(({ title, operations }) => operations.map((each) => `${title}: ${each}`)),
    seconds: running_time,
  };
}

/** Renders a row per spec. */
export function renderTable(results: readonly SpecResult[]): string {
  const rows = results.map(({ spec, requests, failures, seconds }) => [
    spec,
    String(requests),
    failures === undefined ? "did not run" : String(failures.length),
    seconds.toFixed(1),
  ]);
  const all = [["spec", "requests", "failures", "seconds"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const align = (row: string[]) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)));
  return all.map((row) => align(row).join("  ")).join("\n");
}
