import type { Server } from "node:http";
import { decode, verify } from "jsonwebtoken";
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { gzipSync } from "node:zlib";
import request, { type Response, type Test } from "supertest";
import { createApp } from "../../src/app";
import { close, listen, makeServer } from "../../src/server/http-server";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import type { FaultyWire } from "../harness/faulty-wire";
import { mustConform } from "../harness/conformance";
import { postBytes } from "../harness/post-bytes";
import { sendRaw } from "../harness/raw-http";
import { appOptionsOf } from "../harness/app-options";
import { startFaultyPolymint } from "../harness/faulty-polymint";
import { withoutTable } from "../harness/tables";

/** What the suite needs to know about a contract. */
export interface ContractUnderTest {
  name: string;
  path: string;
  /** The media type of its request body; undefined if it must be empty. */
  mediaType: "application/json" | "application/x-www-form-urlencoded" | undefined;
  /** Makes a request that gets a token; called for each request, since some credentials work once. */
  good(polymint: TestPolymint): Promise<Test> | Test;
  /** Reads the token from a good response. */
  tokenOf(response: Response): string;
  /** Expected statuses where contracts differ. */
  statuses: { malformed: number; badTarget: number; wrongCredential: number; unreachable: number; timedOut: number; bodyNotRead: number };
  /** Makes the same request with wrong and with unknown credentials. */
  wrongCredentials(polymint: TestPolymint): (Test | Promise<Test>)[];
}

/** Tests what every contract must do, over HTTP and on a real Postgres. */
export function everyContract(contract: ContractUnderTest): void {
  const { name, path, statuses } = contract;
  const expectConforming = (response: Response): void => {
    mustConform(response, name, path);
    expect(response.headers["cache-control"]).toBe("no-store");
    if (response.status === 200) expect(response.headers.pragma).toBe("no-cache");
  };

  describe(`${name}, as every contract`, () => {
    let polymint: TestPolymint;
    let wire: FaultyWire;
    let stop: () => Promise<void>;
    const post = (target = path): Test => request(polymint.url).post(target);
    const head = (target: string, extra = ""): string =>
      `POST ${target} HTTP/1.1\r\nHost: polymint.test\r\nContent-Length: 0\r\n${extra}\r\n`;

    beforeAll(async () => {
      ({ polymint, wire, stop } = await startFaultyPolymint({ statementTimeoutMs: 1000 }));
    });
    afterAll(() => stop());

    it("issues a token that the published key set verifies and the ledger holds", async () => {
      const response = await contract.good(polymint);
      expect(response.status).toBe(200);
      expectConforming(response);
      const token = contract.tokenOf(response);
      const { body } = (await request(polymint.url).get("/.well-known/jwks.json")) as { body: { keys: JsonWebKey[] } };
      const header = decode(token, { complete: true })?.header;
      expect(header?.typ).toBe("at+jwt");
      const jwk = body.keys.find(({ kid }) => kid === header?.kid);
      const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
      const claims = verify(token, key, {
        algorithms: [header?.alg as "ES256"],
        issuer: polymint.issuer,
        clockTimestamp: polymint.clock() / 1000,
      });
      if (typeof claims === "string") throw new Error("the claims are no object");
      expect(claims.iat).toBe(Math.floor(polymint.clock() / 1000));
      const rows = await polymint.database.build((knex) =>
        knex("issued_tokens").where({ jti: claims.jti }).select("dialect", "client_id", "expires_at"),
      );
      expect(rows).toEqual([
        { dialect: name, client_id: polymint.clients[name]?.clientId, expires_at: new Date((claims.exp ?? 0) * 1000) },
      ]);
    });

    it("never logs the token or the credential", async () => {
      const response = await contract.good(polymint);
      const token = contract.tokenOf(response);
      const logged = JSON.stringify(polymint.logs);
      expect(logged).not.toContain(token.split(".")[2]);
      const { secret } = polymint.clients[name] ?? {};
      if (secret) expect(logged).not.toContain(secret);
    });

    it("answers wrong and unknown credentials alike", async () => {
      const answers = await Promise.all(contract.wrongCredentials(polymint).map(async (test) => await test));
      for (const response of answers) {
        expect(response.status).toBe(statuses.wrongCredential);
        expectConforming(response);
      }
      const [first, ...others] = answers.map((response) => withoutIds(response.text));
      for (const other of others) expect(other).toBe(first);
    });

    it.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])("answers %s with 405 and Allow", async (method) => {
      const answer = await sendRaw(polymint.url, `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe("POST");
      mustConform({ status: answer.status, headers: answer.headers, text: answer.body } as unknown as Response, name, path);
    });

    it("answers 404 in the contract's shape below, beside and around the path", async () => {
      for (const target of [`${path}/`, `${path}/more`, path.toUpperCase(), path.replace("/", "//")]) {
        const response = await post(target);
        expect([target, response.status]).toEqual([target, 404]);
        expectConforming(response);
      }
    });

    it.each([
      ["an absolute-form target of another host", (to: string) => head(`http://elsewhere.test${to}`)],
      ["a target with #", (to: string) => head(`${to}#x`)],
      ["an absolute-form target with #", (to: string) => head(`http://polymint.test${to}#x`)],
    ])("refuses %s in the contract's shape", async (_what, make) => {
      const answer = await sendRaw(polymint.url, make(path));
      expect(answer.status).toBe(statuses.badTarget);
      expect(answer.headers["cache-control"]).toBe("no-store");
      mustConform({ status: answer.status, headers: answer.headers, text: answer.body } as unknown as Response, name, path);
    });

    it("refuses a body of more than 64 KiB with 413, and does not read media types that it does not understand", async () => {
      const type = contract.mediaType ?? "application/json";
      const send = (bytes: Buffer | string, headers: Record<string, string>) => postBytes(`${polymint.url}${path}`, bytes, headers);
      const large = await send(`x=${"y".repeat(65_536)}`, { "content-type": type });
      expect(large.status).toBe(413);
      expectConforming(large);
      const encoded = await send(gzipSync("{}"), { "content-type": type, "content-encoding": "gzip" });
      expect(encoded.status).toBe(415);
      expectConforming(encoded);
      for (const headers of [{ "content-type": "text/plain" }, { "content-type": `${type}; charset=utf-16` }]) {
        const other = await send("hello", headers);
        expect([headers, other.status]).toEqual([headers, statuses.bodyNotRead]);
        expectConforming(other);
      }
    });

    const bodies: [string, Buffer | string][] =
      contract.mediaType === "application/json"
        ? [
            ["half an object", '{"a":'],
            ["bytes that are not UTF-8", Buffer.from('"\xff"', "latin1")],
            ["a member twice", '{"a":1,"a":2}'],
            ["a nested member twice", '{"a":{"b":1,"\\u0062":2}}'],
            ["brackets without end", "[".repeat(60_000)],
            ["nesting without end", `${"[".repeat(30_000)}${"]".repeat(30_000)}`],
            ["a byte order mark alone", "\ufeff"],
          ]
        : [
            ["a broken escape", "a=%zz"],
            ["a NUL character", "a=%00"],
            ["escaped bytes that are not UTF-8", "a=%ff"],
            ["bytes that are not UTF-8", Buffer.from("a=\xff", "latin1")],
            ["a declared parameter twice", "grant_type=a&grant_type=b"],
            ["too many parameters", Array.from({ length: 200 }, (_, index) => `p${index}=1`).join("&")],
            ["too many parameters of one name", Array.from({ length: 101 }, () => "resource=1").join("&")],
          ];

    it.each(bodies)("refuses a body with %s", async (_what, body) => {
      const response = await postBytes(`${polymint.url}${path}`, body, { "content-type": contract.mediaType ?? "text/plain" });
      expect(response.status).toBe(statuses.malformed);
      expectConforming(response);
    });

    it("refuses a query that holds a NUL or is not UTF-8", async () => {
      for (const query of ["a=%00", "a=%ff", "a=%"]) {
        const response = await post(`${path}?${query}`);
        expect([query, response.status]).toEqual([query, statuses.malformed]);
        expectConforming(response);
      }
    });

    it("refuses two Authorization headers", async () => {
      const answer = await sendRaw(polymint.url, head(path, "Authorization: Basic YTpi\r\nAuthorization: Basic Yzpk\r\n"));
      expect(answer.status).toBe(statuses.malformed);
    });

    it("answers an unforeseen failure with 500 in the contract's shape, and only the log has its cause", async () => {
      const response = await withoutTable(polymint, "issued_tokens", async () => await contract.good(polymint));
      expect(response.status).toBe(500);
      expectConforming(response);
      expect(response.text).not.toContain("issued_tokens");
      expect(polymint.logs.findLast((line) => line.outcome === "server_error")?.detail).toContain("issued_tokens");
    });

    it("reports an unreachable database, and never a wrong client", async () => {
      wire.cut();
      polymint.clock.advance(1);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const cut = await contract.good(polymint);
      expect(cut.status).toBe(statuses.unreachable);
      expectConforming(cut);
      wire.mend();
      expect((await contract.good(polymint)).status).toBe(200);
    });

    it("reports a database that does not answer in time, and recovers", async () => {
      expect((await contract.good(polymint)).status).toBe(200);
      wire.silence();
      const silent = await contract.good(polymint);
      expect(silent.status).toBe(statuses.timedOut);
      expectConforming(silent);
      wire.mend();
      expect((await contract.good(polymint)).status).toBe(200);
    });
  });

  describe(`${name}, while starting`, () => {
    let polymint: TestPolymint;
    let wire: FaultyWire;
    let stop: () => Promise<void>;
    let server: Server | undefined;
    beforeAll(async () => {
      ({ polymint, wire, stop } = await startFaultyPolymint());
    });
    afterAll(async () => {
      if (server !== undefined) await close(server, 1_000);
      await stop();
    });

    it("answers 503 with Retry-After", async () => {
      const { app, warmed } = createApp(appOptionsOf(polymint));
      wire.cut();
      await expect(warmed).rejects.toThrow();
      wire.mend();
      server = makeServer(app);
      const url = `http://127.0.0.1:${await listen(server, "127.0.0.1", 0)}`;
      const response = await contract.good({ ...polymint, url });
      expect(response.status).toBe(503);
      expect(response.headers["retry-after"]).toBe("1");
      expectConforming(response);
    });
  });

  describe(`${name}, at capacity`, () => {
    let polymint: TestPolymint;
    beforeAll(async () => {
      polymint = await startPolymint({ maxInFlight: 0 });
    });
    afterAll(() => polymint.stop());

    it("answers 429 with Retry-After", async () => {
      const response = await contract.good(polymint);
      expect(response.status).toBe(429);
      expect(response.headers["retry-after"]).toBe("1");
      expectConforming(response);
    });
  });

  describe(`${name}, switched off`, () => {
    let polymint: TestPolymint;
    beforeAll(async () => {
      polymint = await startPolymint({ contracts: [] });
    });
    afterAll(() => polymint.stop());

    it("answers 404", async () => {
      const response = await contract.good(polymint);
      expect(response.status).toBe(404);
      expectConforming(response);
    });
  });
}

/** Error ids differ in every response. */
function withoutIds(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "id");
}
