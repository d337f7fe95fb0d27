/** Sends raw bytes over connections that are kept. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Response } from "supertest";

/** A response in the shape that the conformance check takes; undefined if the connection ended without one. */
export type PoolResponse = Pick<Response, "status" | "headers" | "text"> | undefined;

const patienceMs = 20_000;

/** Connections that are reused, since a hundred thousand new ones would exhaust the ports of this machine. */
export interface ConnectionPool {
  /** Sends bytes and reads the response. @param last whether this must be the last request of its connection */
  send(bytes: Buffer, last: boolean): Promise<PoolResponse>;
  close(): void;
}

export function makeConnectionPool(url: string): ConnectionPool {
  const { hostname, port } = new URL(url);
  const idle: Socket[] = [];
  return {
    send: async (bytes, last) => {
      const socket = (last ? undefined : idle.pop()) ?? connect(Number(port), hostname).setNoDelay(true);
      if (socket.connecting) await once(socket, "connect");
      const answer = await exchangeOnce(socket, bytes, last);
      if (last || answer === undefined || endsConnection(answer)) socket.resetAndDestroy();
      else idle.push(socket);
      return answer;
    },
    close: () => {
      for (const socket of idle.splice(0)) socket.destroy();
    },
  };
}

function endsConnection({ status, headers }: NonNullable<PoolResponse>): boolean {
  return (headers as Record<string, string>).connection === "close" || status === 413;
}

function exchangeOnce(socket: Socket, bytes: Buffer, last: boolean): Promise<PoolResponse> {
  return new Promise((resolve, reject) => {
    let text = "";
    const done = (answer: PoolResponse) => {
      socket.removeAllListeners().on("error", () => undefined);
      socket.setTimeout(0);
      resolve(answer);
    };
    socket.setTimeout(patienceMs, () => reject(new Error(`no answer within ${patienceMs} ms`)));
    socket.on("error", () => done(undefined)).on("close", () => done(undefined));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const answer = parseResponse(text);
      if (answer !== undefined) done(answer);
    });
    if (last) socket.end(bytes);
    else socket.write(bytes);
  });
}

function parseResponse(text: string): PoolResponse {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const status = Number(statusLine.split(" ")[1]);
  if (status === 100) return parseResponse(text.slice(end + 4));
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const rest = text.slice(end + 4);
  const length = Number(headers["content-length"] ?? 0);
  // Bytes after the body belong to further responses, which a request that is no HTTP can have.
  const body = headers["transfer-encoding"] === "chunked" ? decodeChunks(rest) : rest.slice(0, length);
  if (body === undefined || body.length < length) return undefined;
  return { status, headers, text: Buffer.from(body, "latin1").toString("utf8") };
}

/** @returns undefined while chunks are missing */
function decodeChunks(rest: string): string | undefined {
  const end = rest.indexOf("\r\n");
  const size = Number.parseInt(rest.slice(0, end), 16);
  if (end < 0 || rest.length < end + size + 4) return undefined;
  const more = size === 0 ? "" : decodeChunks(rest.slice(end + size + 4));
  return more === undefined ? undefined : rest.slice(end + 2, end + 2 + size) + more;
}
