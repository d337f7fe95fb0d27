import type { Request, RequestHandler, Response } from "express";
import type { Clock } from "../../engine/client";
import type { RefusalCode } from "../../engine/refusal";
import { parsePath } from "../../http/target";
import type { RecordedExchange } from "./exchange";
import type { Redactor } from "./redact";
import type { RedactedFacts } from "./texts";

/** What the server knows of an exchange beside its bytes. */
export interface ExchangeFacts {
  contract: string;
  operation: string;
  isUnknownPath: boolean;
  exchange: { correlationId: string; note: { client?: string } };
  refusal: { code: RefusalCode } | undefined;
}

export interface CapturePorts {
  makeRedactor: (facts: RedactedFacts) => Redactor;
  /** @returns undefined for a request that ended before it was dealt with */
  findFacts(request: Request): ExchangeFacts | undefined;
  /** Whether an exchange is worth keeping. */
  isWanted(facts: ExchangeFacts | undefined): boolean;
  keep(exchange: Omit<RecordedExchange, "id">): void;
  clock: Clock;
}

/** Bytes of an answer that are kept. */
const mostAnswerBytes = 16 * 1024;

/**
 * Makes the handler before all others, which notes every request and its answer. It changes neither, and reads no body by itself: what nothing
 * has read is not in the record.
 */
export function makeCapture(ports: CapturePorts): RequestHandler {
  return (request, response, next) => {
    const [at, startedAt] = [ports.clock(), performance.now()];
    // Both may be changed by the handlers.
    const { method, originalUrl } = request;
    const readAnswer = collectAnswer(response);
    let isKept = false;
    const finish = (): void => {
      if (isKept) return;
      isKept = true;
      const facts = ports.findFacts(request);
      if (!ports.isWanted(facts)) return;
      const seen = { request, response, target: originalUrl, text: readAnswer() };
      ports.keep({ at, method, durationMs: Math.round((performance.now() - startedAt) * 100) / 100, ...describe(ports, seen, facts) });
    };
    response.once("finish", finish).once("close", finish);
    next();
  };
}

/** Copies what is written to a response. */
function collectAnswer(response: Response): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  const collect = (chunk: unknown): void => {
    if (length >= mostAnswerBytes || !(typeof chunk === "string" || chunk instanceof Uint8Array)) return;
    const bytes = Buffer.from(chunk as string).subarray(0, mostAnswerBytes - length);
    chunks.push(bytes);
    length += bytes.length;
  };
  for (const name of ["write", "end"] as const) {
    const original = response[name].bind(response) as (...args: unknown[]) => never;
    response[name] = (...args: unknown[]) => {
      collect(args[0]);
      return original(...args);
    };
  }
  return () => Buffer.concat(chunks).toString("utf8");
}

interface Seen {
  request: Request;
  response: Response;
  target: string;
  text: string;
}

type Described = Omit<RecordedExchange, "id" | "at" | "method" | "durationMs">;

function describe({ makeRedactor }: CapturePorts, { request, response, target, text }: Seen, facts: ExchangeFacts | undefined): Described {
  const clientId = facts?.exchange.note.client;
  const correlationId = facts?.exchange.correlationId;
  const redactor = makeRedactor({ clientId, correlationId });
  const known = facts?.isUnknownPath === false ? facts : undefined;
  const status = response.headersSent ? response.statusCode : null;
  const kind = status === null || status >= 400 ? "refusal" : isPublic(response) ? "public" : "grant";
  const queryAt = target.indexOf("?");
  const write = (): Described => ({
    contract: known?.contract ?? null,
    operation: known?.operation ?? null,
    ...{ clientId: clientId ?? null, correlationId: correlationId ?? null, status, refusal: facts?.refusal?.code ?? null },
    path: redactor.path(parsePath(target)),
    request: {
      headers: redactor.headers(request.headers, "request"),
      query: redactor.query(queryAt < 0 ? "" : target.slice(queryAt + 1)),
      body: redactor.requestBody(request.body),
    },
    answer: {
      headers: redactor.headers(status === null ? {} : response.getHeaders(), "answer"),
      body: status === null ? undefined : redactor.answerBody(text, kind),
    },
  });
  // The second time every secret is known, also where it stands before the member that it belongs into.
  write();
  return write();
}

/** What caches may keep for everybody is no secret (RFC 9111 §5.2.2.9). */
function isPublic(response: Response): boolean {
  return String(response.getHeader("cache-control") ?? "").includes("public");
}
