/** Presents client assertions a second time. Every one must be refused, whatever happened to the database in between. */
import { setTimeout as sleep } from "node:timers/promises";
import { jwtBearer } from "../../harness/assertion-client";
import { isUnavailable } from "../../qualities/faults/fault";
import { tokenPaths } from "../../harness/token-requests";
import type { Book, GivenAnswer } from "./book";
import { inTime } from "./in-time";
import type { Servers } from "./servers";

export interface Replays {
  /** Presents an assertion again at a server, until the answer is definite. */
  replay(assertion: string, server: number): Promise<void>;
  /** Presents every assertion of `replay` once more. */
  replayAll(): Promise<void>;
}

const pauseMs = 500;
const atOnce = 8;

export function makeReplays({ urls }: Servers, book: Book): Replays {
  const answered: string[] = [];

  async function present(assertion: string, server: number): Promise<void> {
    for (let turn = server; ; turn += 1) {
      const answer = await inTime(book, postAssertion(urls[turn % urls.length] ?? "", assertion));
      if (typeof answer !== "string" && !isUnavailable("raidiam", answer.status)) return judgeReplay(book, answer);
      await sleep(pauseMs);
    }
  }

  return {
    replay: async (assertion, server) => {
      answered.push(assertion);
      await present(assertion, server);
    },
    replayAll: async () => {
      const all = answered.splice(0).entries();
      const next = async (): Promise<void> => {
        for (const [turn, assertion] of all) await present(assertion, turn);
      };
      await Promise.all(Array.from({ length: atOnce }, next));
    },
  };
}

async function postAssertion(url: string, assertion: string): Promise<GivenAnswer> {
  const form = { grant_type: "client_credentials", client_assertion_type: jwtBearer, client_assertion: assertion };
  const answer = await fetch(`${url}${tokenPaths.raidiam}`, { method: "POST", body: new URLSearchParams(form) });
  return { status: answer.status, text: await answer.text() };
}

function judgeReplay(book: Book, { status, text }: GivenAnswer): void {
  if (status === 400) book.refused += 1;
  else if (status === 200) book.doubled.push("a client assertion was accepted twice");
  else book.wrong.push(`replay of an assertion: ${status} ${text}`);
}
