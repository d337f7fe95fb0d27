import { gzipSync } from "node:zlib";
import type { Running } from "./running";
import { sendBytes } from "./send-bytes";
import type { Subject } from "./subject";

/** Tests bodies that cannot be read. */
export function testBodies(at: () => Running): void {
  it("refuses a body that is too large, and does not read media types that it does not understand", async () => {
    const { polymint, subject, expectAnswer } = at();
    const type = subject.operation.mediaType ?? "application/json";
    const send = (bytes: Buffer | string, headers: Record<string, string>) =>
      sendBytes(`${polymint.url}${subject.path}`, subject.demo.method, bytes, { ...subject.host, ...headers });
    const large = await send(`x=${"y".repeat(65_536)}`, { "content-type": type });
    expectAnswer(large, subject.statusOf("payload_too_large"), "too large");
    const encoded = await send(gzipSync("{}"), { "content-type": type, "content-encoding": "gzip" });
    expectAnswer(encoded, subject.statusOf("unsupported_media_type"), "encoded");
    for (const other of ["text/plain", `${type}; charset=utf-16`])
      expectAnswer(await send("hello", { "content-type": other }), subject.statuses.bodyNotRead, other);
  });

  it("refuses bodies that have no one meaning", async () => {
    const { polymint, subject, expectAnswer } = at();
    const headers = { ...subject.host, "content-type": subject.operation.mediaType ?? "text/plain" };
    for (const [what, body] of listBrokenBodies(subject)) {
      const response = await sendBytes(`${polymint.url}${subject.path}`, subject.demo.method, body, headers);
      expectAnswer(response, subject.statuses.malformed, what);
    }
  });
}

function listBrokenBodies({ operation, demo }: Subject): [string, Buffer | string][] {
  if (operation.mediaType === "application/json")
    return [
      ["half an object", '{"a":'],
      ["bytes that are not UTF-8", Buffer.from('"\xff"', "latin1")],
      ["a member twice", '{"a":1,"a":2}'],
      ["a nested member twice", '{"a":{"b":1,"\\u0062":2}}'],
      ["brackets without end", "[".repeat(60_000)],
      ["nesting without end", `${"[".repeat(30_000)}${"]".repeat(30_000)}`],
      ["a byte order mark alone", "\ufeff"],
    ];
  const declared = new URLSearchParams(demo.body).keys().next().value ?? "grant_type";
  return [
    ["a broken escape", "a=%zz"],
    ["a NUL character", "a=%00"],
    ["escaped bytes that are not UTF-8", "a=%ff"],
    ["bytes that are not UTF-8", Buffer.from("a=\xff", "latin1")],
    ["a declared parameter twice", `${declared}=a&${declared}=b`],
    ["too many parameters", Array.from({ length: 200 }, (_, index) => `p${index}=1`).join("&")],
    ["too many parameters of one name", Array.from({ length: 101 }, () => "resource=1").join("&")],
  ];
}
