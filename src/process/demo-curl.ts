import { randomBytes } from "node:crypto";
import type { DemoRequest } from "../contracts/demo";
import { quoteWord as quotePlainWord } from "./shell-word";

/** Formats requests as shell commands that work as pasted. */
export interface CurlFormat {
  /** @returns a text that stands for the output of a command, wherever a request uses it: encoding leaves it as it is */
  substitute(command: string): string;
  /** @param url where the server listens @param between the words of the command */
  formatCurl(url: string, request: DemoRequest, between?: string): string;
}

export function makeCurlFormat(): CurlFormat {
  const mark = `z${randomBytes(8).toString("hex")}z`;
  const commands: string[] = [];
  const quoteWord = (text: string): string => {
    const [first = "", ...rest] = text.split(mark);
    if (rest.length === 0) return quotePlainWord(text);
    const parts = rest.map((part) => {
      const end = part.indexOf("x");
      return `$(${commands[Number(part.slice(0, end))] ?? ""})${escapeInDoubleQuotes(part.slice(end + 1))}`;
    });
    return `"${escapeInDoubleQuotes(first)}${parts.join("")}"`;
  };
  return {
    substitute: (command) => `${mark}${commands.push(command) - 1}x`,
    formatCurl: (url, request, between = " \\\n  ") => {
      const options = listOptions(request).map(([flag, value]) => `${flag} ${quoteWord(value)}`);
      return [`curl -sS ${quoteWord(`${url}${request.path}`)}`, ...options].join(between);
    },
  };
}

type CurlOption = readonly [flag: string, value: string];

function listOptions({ method = "POST", headers = {}, basic, form, json }: DemoRequest): CurlOption[] {
  const hasBody = form !== undefined || json !== undefined;
  const hasType = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
  return [
    // curl posts what has a body, and gets what has none.
    ...(method === (hasBody ? "POST" : "GET") ? [] : [["-X", method] as const]),
    ...(basic === undefined ? [] : [["-u", `${basic.user}:${basic.password}`] as const]),
    ...Object.entries(headers).map(([name, value]) => ["-H", `${name}: ${value}`] as const),
    ...Object.entries(form ?? {}).map(([name, value]) => makeFormOption(name, value)),
    ...(json === undefined || hasType ? [] : [["-H", "Content-Type: application/json"] as const]),
    ...(json === undefined ? [] : [["-d", JSON.stringify(json)] as const]),
  ];
}

/** A value that form encoding would leave readable is given as it is. */
function makeFormOption(name: string, value: string): CurlOption {
  const flag = /^[\w.~:/-]*$/.test(value) ? "-d" : "--data-urlencode";
  return [flag, `${encodeURIComponent(name)}=${value}`];
}

function escapeInDoubleQuotes(text: string): string {
  return text.replaceAll(/[\\"$`]/g, "\\$&");
}
