/** The server refused a token, or could not give one. */
export class TokenRefused<Body = unknown> extends Error {
  override readonly name = "TokenRefused";
  readonly status: number;
  /** In the contract's own shape; undefined for an answer without a body, and the text of one that is not JSON. */
  readonly body: Body;
  readonly headers: Headers;
  /** What `Retry-After` says (RFC 9110 §10.2.3), in seconds. */
  readonly retryAfterSeconds: number | undefined;

  /** @param now epoch milliseconds */
  constructor({ status, headers }: Response, body: Body, now: number) {
    super(`the token endpoint answered ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
    this.retryAfterSeconds = readRetryAfter(headers.get("Retry-After"), now);
  }

  /** Whether the same request may succeed later. */
  get isTemporary(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

function readRetryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - now) / 1000);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

/** Reads the body of an answer: JSON, else its text, else nothing. */
export async function readBody(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
