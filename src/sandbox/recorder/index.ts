import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import type { Clock } from "../../engine/client";
import type { Spec } from "../../http/api";
import type { ExchangeFilter, ExchangeRecord, ExchangeStore } from "../../store/sandbox/exchanges";
import { type ExchangeFacts, makeCapture } from "./capture";
import type { RecordedExchange } from "./exchange";
import { makeRedactors } from "./redact";

/** Milliseconds from an exchange until it is written, with those that have come meanwhile. */
const writeAfterMs = 100;
/** Exchanges that wait to be written, at most. Beyond these the oldest are given up. */
const mostWaiting = 500;
/** Characters of an exchange as JSON, at most; of a larger one the bodies are left out. */
const longestExchange = 32 * 1024;

export interface RecorderPorts {
  store: ExchangeStore;
  clock: Clock;
  /** The specs of every contract and service. */
  listSpecs: () => readonly Spec[];
  /** Whether an exchange is none of an integrator's, such as a probe, or a look at the recorder. */
  isIgnored: (facts: ExchangeFacts) => boolean;
}

/** Keeps the requests and answers of a server with the sandbox, where every server on the database can read them. */
export interface Recorder {
  /** Goes before all other handlers. */
  handler: RequestHandler;
  /** Learns what became of a request. */
  onOutcome(facts: ExchangeFacts & { request: IncomingMessage }): void;
  /** Those of every server, oldest first, and of this one up to now. @throws Unavailable */
  list(filter: ExchangeFilter): Promise<RecordedExchange[]>;
  /** Resolves when nothing waits to be written. Does not fail: what cannot be written is given up. */
  flush(): Promise<void>;
}

/**
 * Makes a recorder. Requests do not wait for it: it writes outside of them, never two statements at once, and gives up what it cannot write.
 */
export function makeRecorder({ store, clock, listSpecs, isIgnored }: RecorderPorts): Recorder {
  const factsOf = new WeakMap<IncomingMessage, ExchangeFacts>();
  const waiting: ExchangeRecord[] = [];
  let makeRedactor: ReturnType<typeof makeRedactors> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function keep({ at, contract, clientId, ...rest }: Omit<RecordedExchange, "id">): void {
    waiting.push({ at, contract, clientId, exchange: shorten(rest) });
    if (waiting.length > mostWaiting) waiting.shift();
    timer ??= setTimeout(() => void flush(), writeAfterMs).unref();
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(async () => {
      const records = waiting.splice(0);
      if (records.length > 0) await store.add(records).catch(() => undefined);
    });
    await writing;
  }

  return {
    handler: makeCapture({
      makeRedactor: (facts) => (makeRedactor ??= makeRedactors(listSpecs()))(facts),
      findFacts: (request) => factsOf.get(request),
      isWanted: (facts) => facts === undefined || !isIgnored(facts),
      keep,
      clock,
    }),
    onOutcome: ({ request, ...facts }) => void factsOf.set(request, facts),
    list: async (filter) => {
      await flush();
      return (await store.list(filter)).map(toRecordedExchange);
    },
    flush,
  };
}

/** @returns an exchange as the recorder of some server has written it */
export function toRecordedExchange({ id, at, contract, clientId, exchange }: ExchangeRecord & { id: number }): RecordedExchange {
  const rest = exchange as Omit<RecordedExchange, "id" | "at" | "contract" | "clientId">;
  return { id, at, contract, clientId, ...rest };
}

type Shortened = Omit<RecordedExchange, "id" | "at" | "contract" | "clientId">;

function shorten(exchange: Shortened): Shortened {
  if (JSON.stringify(exchange).length <= longestExchange) return exchange;
  const body = "[left out, since the exchange is too long]";
  return { ...exchange, request: { headers: {}, query: {}, body }, answer: { headers: exchange.answer.headers, body } };
}
