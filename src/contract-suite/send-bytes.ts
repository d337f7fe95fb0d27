import { request } from "node:http";
import type { PlainResponse } from "../testkit";

/** Sends exactly these bytes as a body, with any method: `fetch` sends none with GET. */
export function sendBytes(url: string, method: string, bytes: Buffer | string, headers: Record<string, string>): Promise<PlainResponse> {
  return new Promise((resolve, reject) => {
    const length = String(Buffer.byteLength(bytes));
    const sent = request(url, { method, headers: { ...headers, "content-length": length }, agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: joinValues(answer.headers), text }));
    });
    sent.on("error", reject).end(bytes);
  });
}

function joinValues(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]));
}
