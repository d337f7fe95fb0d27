/** HTTP over plain TCP, for requests that no HTTP client would make. */
import { connect } from "node:net";

/** A response, parsed by hand. */
export interface RawResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Sends exactly these bytes on a new connection and reads one response. */
export function sendRaw(url: string, request: string | Buffer): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    let text = "";
    socket.setTimeout(5_000, () => socket.destroy(new Error("no answer within 5 s")));
    socket.on("error", reject).on("close", () => reject(new Error("closed without an answer")));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const answer = parseResponse(text);
      if (answer === undefined) return;
      socket.destroy();
      resolve(answer);
    });
  });
}

function parseResponse(text: string): RawResponse | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const body = text.slice(end + 4);
  if (body.length < Number(headers["content-length"] ?? 0)) return undefined;
  return { status: Number(statusLine.split(" ")[1]), headers, body };
}

/** A connection for more than one request or response. */
export interface RawConnection {
  send(bytes: string | Buffer): void;
  /** Reads the next response, interim ones included (RFC 9110 §15.2), within 10 s. Undefined if the connection ends before it. */
  answer(): Promise<RawResponse | undefined>;
  /** Resolves when the server has closed the connection. */
  closed: Promise<void>;
  /** Reads no more of what the server sends. */
  stopReading(): void;
  /** Resets the connection, like a process that crashes: the server's next write fails. */
  reset(): void;
  destroy(): void;
}

/** Connects. A reset by the server counts as closing. @throws Error if the server accepts no connection */
export function connectRaw(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = "";
    let isOver = false;
    let wake = (): void => undefined;
    const socket = connect(Number(port), hostname, () => {
      resolve({
        send: (bytes) => void socket.write(bytes),
        answer,
        closed,
        stopReading: () => void socket.pause(),
        reset: () => void socket.resetAndDestroy(),
        destroy: () => void socket.destroy(),
      });
    });
    const closed = new Promise<void>((over) => {
      socket.once("close", () => {
        isOver = true;
        over();
        wake();
      });
    });
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      wake();
    });
    async function answer(): Promise<RawResponse | undefined> {
      const deadline = Date.now() + 10_000;
      for (;;) {
        const parsed = parseResponse(text);
        if (parsed !== undefined) {
          const length = parsed.status < 200 ? 0 : Number(parsed.headers["content-length"] ?? 0);
          text = text.slice(text.indexOf("\r\n\r\n") + 4 + length);
          return { ...parsed, body: parsed.body.slice(0, length) };
        }
        if (isOver) return undefined;
        if (Date.now() > deadline) throw new Error("no answer within 10 s");
        await new Promise<void>((awake) => {
          wake = awake;
          setTimeout(awake, 500).unref();
        });
      }
    }
  });
}
