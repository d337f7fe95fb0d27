import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isInternal } from "../../src/vendor-spec/fetch";
import { readVendorContract, type VendorContract } from "../../src/vendor-spec";
import { makeDocument, readDocument, schemaOf } from "./vendor";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vendor-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(source: string, takenNames: string[] = [], name?: string): Promise<VendorContract> {
  return readVendorContract(source, { readStdin: async () => "", takenNames, ...(name !== undefined && { name }) });
}

function write(file: string, text: string): string {
  const path = join(folder, file);
  writeFileSync(path, text);
  return path;
}

describe("a vendor's file", () => {
  test.each([
    ["Swagger 2.0", 'swagger: "2.0"', /Swagger "2\.0" is too old.*swagger2openapi/],
    ["OpenAPI 4", "openapi: 4.0.0", /OpenAPI "4\.0\.0" is not read; 3\.0 and 3\.1 are/],
    ["AsyncAPI", "asyncapi: 3.0.0", /this is an asyncapi document/],
    ["a text", "hello", /not an OpenAPI document/],
    ["no operation", "openapi: 3.0.0\npaths: {}", /there is no operation/],
    ["broken YAML", "openapi: 3.0.0\ninfo: {title: [x\n", /the standard input:\d+: this is neither YAML nor JSON/],
    ["an alias that holds itself", "openapi: 3.0.0\na: &a\n  b: *a", /an alias leads back to a value that holds it/],
    ["a bomb of aliases", makeBomb(), /aliases make more than \d+ values/],
  ])("with %s is refused, with the cure", async (_title, text, message) => {
    await expect(readDocument(text)).rejects.toThrow(message);
  });

  test("that is not there, or is a folder, is named", async () => {
    await expect(read(join(folder, "none.yaml"))).rejects.toThrow(/none\.yaml: there is no such file/);
    await expect(read(folder)).rejects.toThrow(/this is a folder/);
    await expect(read("/dev/zero")).rejects.toThrow(/this is a device/);
  });

  test.each<[BufferEncoding, string]>([
    ["utf8", ""],
    ["utf8", "\uFEFF"],
    ["utf16le", "\uFEFF"],
  ])("may be in %s with the mark %j", async (encoding, mark) => {
    const lines = JSON.stringify(makeDocument({}), null, 2).replaceAll("\n", "\r\n");
    const file = join(folder, "encoded.json");
    writeFileSync(file, Buffer.from(`${mark}${lines}`, encoding));
    expect((await read(file)).path).toBe("/oauth/token");
  });

  test("whose references lead nowhere is refused with file and line; outside of the operation they are no matter", async () => {
    const lines = [
      "openapi: 3.0.3",
      "info: { title: Acme, version: '1' }",
      "paths:",
      "  /other:",
      "    get: { responses: { '200': { $ref: 'nowhere.yaml#/x' } } }",
      "  /oauth/token:",
      "    post:",
      "      requestBody:",
      "        content:",
      "          application/json:",
      "            schema:",
      "              $ref: REF",
      "      responses: { '200': { description: OK } }",
      "components: { schemas: { Here: { type: object, properties: { grant_type: { type: string } } } } }",
    ].join("\n");
    await expect(read(write("lost.yaml", lines.replace("REF", "'#/components/schemas/Gone'")))).rejects.toThrow(
      /lost\.yaml:12: this reference leads nowhere/,
    );
    await expect(read(write("file.yaml", lines.replace("REF", "gone.yaml#/x")))).rejects.toThrow(/file\.yaml:12: .*there is no such file/);
    expect((await read(write("good.yaml", lines.replace("REF", "'#/components/schemas/Here'")))).name).toBe("good");
  });

  test("of ten megabytes is cut in a few seconds, since what the operation does not reach is not read", async () => {
    const makeSchema = (index: number): object => ({
      type: "object",
      description: "word ".repeat(80),
      properties: { next: { $ref: `#/components/schemas/S${(index + 1) % 20_000}` } },
    });
    const many = Array.from({ length: 20_000 }, (_, index): [string, object] => [`S${index}`, makeSchema(index)]);
    const text = JSON.stringify(makeDocument({ schemas: Object.fromEntries(many) }));
    expect(text.length).toBeGreaterThan(9_000_000);
    const start = performance.now();
    const contract = await readDocument(text);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(Object.keys(contract.document.components.schemas)).toEqual(["AcmeToken", "AcmeTokenRequest"]);
  });
});

describe("a contract's name", () => {
  test("comes from the file's name, or from the title where that says nothing", async () => {
    const text = JSON.stringify(makeDocument({ more: { info: { title: "Northwind Pay API v2", version: "1" } } }));
    expect((await read(write("AcmePay_api.json", text))).name).toBe("acme-pay");
    expect((await read(write("openapi.json", text))).name).toBe("northwind-pay");
  });

  test("that is taken, or cannot be one, is refused", async () => {
    const file = write("acme.json", JSON.stringify(makeDocument({})));
    await expect(read(file, ["acme"])).rejects.toThrow(/there is a contract acme already; give another name with --name/);
    await expect(read(file, [], "Acme Pay")).rejects.toThrow(/--name Acme Pay: .*such as acme-pay/);
    expect((await read(file, ["acme"], "acme-2")).document.paths["/oauth/token"]?.post?.operationId).toBe("issueAcme2Token");
  });
});

describe("a URL", () => {
  let server: Server;
  let url: string;
  let visitsInside = 0;
  beforeAll(async () => {
    const request = { $ref: "parts/request.yaml" };
    const answers: Record<string, string> = {
      "/v1/openapi.json": JSON.stringify(makeDocument({ request })),
      "/v1/parts/request.yaml": "type: object\nproperties: { grant_type: { type: string }, account: { type: string } }\n",
      "/lonely/openapi.json": JSON.stringify(makeDocument({ request })),
      "/sly/openapi.json": JSON.stringify(makeDocument({ request: { $ref: "http://127.1:PORT/inside.yaml" } })),
      "/slyer/openapi.json": JSON.stringify(makeDocument({ request: { $ref: "file:///etc/hostname#/x" } })),
      "/inside.yaml": "type: object\nproperties: { grant_type: { type: string } }\n",
    };
    server = createServer((incoming, response) => {
      const body = answers[incoming.url ?? ""];
      if (incoming.url === "/inside.yaml") visitsInside += 1;
      if (incoming.url === "/sly/moved.json") response.writeHead(302, { location: `http://127.1:${new URL(url).port}/inside.yaml` }).end();
      else if (incoming.url === "/latest") response.writeHead(302, { location: "/v1/openapi.json" }).end();
      else if (body === undefined) response.writeHead(404).end();
      else response.end(body.replace("PORT", new URL(url).port));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  test("is read through redirects, and references start from where the file was found", async () => {
    expect(Object.keys(schemaOf(await read(`${url}/latest`)).properties ?? {})).toEqual(["grant_type", "account"]);
  });

  test("that answers with an error, leads on to a missing file, or cannot be reached, is named", async () => {
    await expect(read(`${url}/none.yaml`)).rejects.toThrow(/none\.yaml: the server answered 404/);
    await expect(read(`${url}/lonely/openapi.json`)).rejects.toThrow(
      /lonely\/openapi\.json:1: this reference leads nowhere: the server answered 404/,
    );
    await expect(read("http://127.0.0.1:9/x.yaml")).rejects.toThrow(/x\.yaml: fetch failed/);
  });

  test("leads neither to files nor, by a reference or a redirect, into a network that only the person reaches", async () => {
    const named = url.replace("127.0.0.1", "localhost");
    await expect(read(`${named}/sly/openapi.json`)).rejects.toThrow(/leads nowhere: 127\.0\.0\.1 is in a private network/);
    await expect(read(`${named}/sly/moved.json`)).rejects.toThrow(/127\.0\.0\.1 is in a private network/);
    await expect(read(`${named}/slyer/openapi.json`)).rejects.toThrow(/only http, https and files are read/);
    expect(visitsInside).toBe(0);
  });

  test.each([
    ["169.254.169.254", true],
    ["2130706433", true],
    ["[::ffff:10.0.0.1]", true],
    ["[fd00::1]", true],
    ["printer.local", true],
    ["intranet", true],
    ["api.vendor.example", false],
    ["192.0.2.1", false],
    ["[2001:db8::1]", false],
  ])("%s is inside: %s", (host, expected) => {
    expect(isInternal(new URL(`http://${host}/`).hostname)).toBe(expected);
  });
});

/** Seven levels of ten aliases each make ten million values. */
function makeBomb(): string {
  const levels = ["a", "b", "c", "d", "e", "f", "g"].map((name, index, names) => {
    const entry = index === 0 ? "x" : `*${names[index - 1] ?? ""}`;
    return `${name}: &${name} [${Array.from({ length: 10 }, () => entry).join(", ")}]`;
  });
  return ["openapi: 3.0.0", ...levels].join("\n");
}
