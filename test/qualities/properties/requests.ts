/** Generates requests from the specs: mostly HTTP, with odd targets, headers and bodies. */
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import fc, { type Arbitrary } from "fast-check";
import { makeDamagedBody, makeForm, makeJson } from "./bodies";
import { type TokenRequestSchema, readTokenRequestSchemas } from "./contract-schema";
import { goodValuesOf, type KnownValues } from "./known-values";
import { oddText, makeText } from "./values";

/** A generated request, encoded. */
export interface OddRequest {
  contract: string;
  /** The path of the contract's operation. */
  path: string;
  bytes: Buffer;
  /** The request may be no valid HTTP: the response need not be the contract's, and the connection may end. */
  broken: boolean;
}

type Header = readonly [name: string, value: string];

/** Keeps visible Latin-1, which is all that a header may contain. `wreckages` makes other bytes. */
const toHeaderText = (text: Arbitrary<string>) => text.map((value) => value.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "?").slice(0, 6_000));

const makeWeighted = <T>(likely: Arbitrary<T>, weight: number, ...others: readonly Arbitrary<T>[]): Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: likely }, ...others.map((arbitrary) => ({ weight: 1, arbitrary })));

/** Generates any request at any of the token endpoints. */
export function makeOddRequest(known: KnownValues): Arbitrary<OddRequest> {
  return fc.oneof(...readTokenRequestSchemas().map((request) => makeOddRequestFor(request, known)));
}

function makeOddRequestFor(request: TokenRequestSchema, known: KnownValues): Arbitrary<OddRequest> {
  const { contract, path } = request;
  const good = goodValuesOf(contract, known);
  const whole = fc
    .record({
      method: makeWeighted(fc.constant("POST"), 40, fc.constantFrom("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")),
      target: makeTarget(request, good),
      headers: makeHeaders(request, good),
      content: makeContent(request, good),
      chunked: fc.boolean(),
    })
    .map((parts): OddRequest => ({ contract, path, ...encodeRequest(parts) }));
  const shattered = fc.tuple(whole, wreckages).map(([odd, change]): OddRequest => ({ ...odd, bytes: change(odd.bytes), broken: true }));
  return makeWeighted(whole, 25, shattered);
}

function makeTarget({ path, query }: TokenRequestSchema, good: GoodValues): Arbitrary<string> {
  const usual =
    Object.keys(query).length > 0
      ? makeWeighted(makeForm(query, good), 8, fc.constant(""))
      : makeWeighted(fc.constant(""), 12, makeForm({}, {}));
  const below = makeWeighted(fc.constant(""), 40, fc.constantFrom("/", "/more", "//", "/..", "/%2e%2e", "/%00"));
  return fc.tuple(below, usual).map(([more, text]) => `${path}${more}${text === "" ? "" : `?${toTargetText(text)}`}`);
}

/** Keeps visible ASCII without spaces, which is all that a request target may contain. */
function toTargetText(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, "").slice(0, 6_000);
}

type GoodValues = Readonly<Record<string, readonly string[]>>;

function makeHeaders({ contract, headers, body }: TokenRequestSchema, good: GoodValues): Arbitrary<Header[]> {
  const named = (name: string, value: Arbitrary<string>) => toHeaderText(value).map((text): Header[] => [[name, text]]);
  const maybe = (header: Arbitrary<Header[]>, freq: number) => fc.option(header, { nil: [], freq });
  const proof = makeText({ pattern: "^(Basic|Bearer) [A-Za-z0-9+/=]{0,60}$" }, good.Authorization ?? []);
  const twice = fc
    .tuple(proof, proof)
    .map(([one, other]): Header[] => [...makeHeaderPair("Authorization", one), ...makeHeaderPair("Authorization", other)]);
  const bears = contract === "weavr" || contract === "firstvision" || contract === "screening-eagle";
  return fc
    .tuple(
      maybe(makeWeighted(named("Authorization", proof), 30, twice), bears ? 12 : 1),
      makeContentType(body?.mediaType),
      maybe(named("Accept", fc.constantFrom("*/*", "application/json", "text/html", "application/*;q=0", "", ",", "*/*;q=x")), 1),
      maybe(named("Content-Encoding", fc.constantFrom("identity", "gzip", "br", "deflate", "gzip, gzip", "x", "")), 1),
      maybe(named("X-Forwarded-For", oddText), 1),
      ...Object.entries(headers).map(([name, schema]) =>
        maybe(named(name, makeText(schema, good[name] ?? [])), name === "api-key" ? 20 : 2),
      ),
    )
    .map((groups) => groups.flat());
}

function makeHeaderPair(name: string, value: string): Header[] {
  return [[name, value.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "?")]];
}

function makeContentType(mediaType: string | undefined): Arbitrary<Header[]> {
  const others = [
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
    "nonsense",
    "",
    "*/*",
  ];
  const charsets = ["utf-8", '"UTF-8"', "utf-16", "latin1", "x", ""].map((charset) => `${mediaType ?? "text/plain"}; charset=${charset}`);
  const right: Header[] = mediaType === undefined ? [] : [["Content-Type", mediaType]];
  return makeWeighted(
    fc.constant(right),
    12,
    fc.constantFrom(...charsets, ...others).map((type): Header[] => [["Content-Type", type]]),
    fc.constant([]),
  );
}

function makeContent({ body }: TokenRequestSchema, good: GoodValues): Arbitrary<Buffer> {
  const none = fc.constant(Buffer.alloc(0));
  if (body === undefined) return makeWeighted(none, 9, makeDamagedBody(oddText));
  const json = body.mediaType === "application/json";
  const content = makeDamagedBody(json ? makeJson(body.schema, good) : makeForm(body.schema.properties ?? {}, good));
  const large = fc.integer({ min: 60_000, max: 70_000 }).map((size) => Buffer.alloc(size, "a"));
  const packed = fc.tuple(content, fc.constantFrom(gzipSync, brotliCompressSync, deflateSync)).map(([bytes, pack]) => pack(bytes));
  return fc.oneof(
    { weight: 100, arbitrary: content },
    { weight: 5, arbitrary: none },
    { weight: 1, arbitrary: large },
    { weight: 1, arbitrary: packed },
  );
}

/** Bytes. A head near the parser's limit of 16 KiB may be too large for it. */
const mostOfHead = 12_000;

interface OddRequestParts {
  method: string;
  target: string;
  headers: readonly Header[];
  content: Buffer;
  chunked: boolean;
}

function encodeRequest({ method, target, headers, content, chunked }: OddRequestParts): Pick<OddRequest, "bytes" | "broken"> {
  const framing = chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${content.length}`;
  const lines = [`${method} ${target} HTTP/1.1`, "Host: polymint.test", ...headers.map(([name, value]) => `${name}: ${value}`), framing];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  const bytes = Buffer.concat([head, ...(chunked ? encodeChunks(content) : [content])]);
  return { bytes, broken: head.length > mostOfHead };
}

function encodeChunks(content: Buffer): Buffer[] {
  const half = content.length >> 1;
  const parts = [content.subarray(0, half), content.subarray(half)].filter(({ length }) => length > 0);
  return [
    ...parts.flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]),
    Buffer.from("0\r\n\r\n"),
  ];
}

/** Ways to make a request that is no HTTP. */
const wreckages: Arbitrary<(bytes: Buffer) => Buffer> = fc.oneof(
  fc.nat(400).map((at) => (bytes: Buffer) => bytes.subarray(0, at)),
  fc.tuple(fc.nat(300), fc.nat(255)).map(
    ([at, byte]) =>
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at + 1)]),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 100 }).map((junk) => () => Buffer.from(junk)),
  fc
    .constantFrom(
      ...[
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: -1",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: x",
        "Content-Length: 3\r\nTransfer-Encoding: chunked",
      ],
      ...[
        "X-A: \0",
        "X A: b",
        "Host: second",
        `X-Long: ${"x".repeat(20_000)}`,
        "\x01: a",
        "Connection: upgrade\r\nUpgrade: websocket",
        "Expect: nonsense",
        "Expect: 100-continue",
      ],
    )
    .map((line) => (bytes: Buffer) => Buffer.from(bytes.toString("latin1").replace("\r\nHost:", `\r\n${line}\r\nHost:`), "latin1")),
  fc
    .constantFrom("HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "http/1.1", "")
    .map((version) => (bytes: Buffer) => Buffer.from(bytes.toString("latin1").replace("HTTP/1.1", version), "latin1")),
);
