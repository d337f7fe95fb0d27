/** One line of Prometheus's text format. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  /** Name and labels as written in the line. */
  series: string;
  value: number;
}

export function parseSamples(text: string): Sample[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, series = "", name = "", inner = "", value = ""] = /^(([a-zA-Z0-9_:]+)(?:\{(.*)\})?) (\S+)$/.exec(line) ?? [];
      if (name === "") throw new Error(`the line is no sample: ${line}`);
      const labels = Object.fromEntries([...inner.matchAll(/([a-z_A-Z0-9]+)="([^"]*)"/g)].map(([, key = "", text = ""]) => [key, text]));
      return { name, labels, series, value: Number(value) };
    });
}

/** The value of the sample with exactly these labels; undefined if there is none. */
export function findValue(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  return samples.find((sample) => sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === wanted)?.value;
}
