/** Applications that refresh their tokens, and thieves that present spent codes and refresh tokens. */
import { setTimeout as sleep } from "node:timers/promises";
import { decode } from "jsonwebtoken";
import { authorize } from "../../harness/authorize";
import { basic } from "../../harness/bearer-tokens";
import { type Browser, makeBrowser } from "../../harness/browser";
import { isUnavailable } from "../../qualities/faults/fault";
import { tokenPaths } from "../../harness/token-requests";
import { type Book, type GivenAnswer, judge } from "./book";
import { inTime } from "./in-time";
import type { Servers } from "./servers";

const contract = "screening-eagle";
const chainCount = 6;
const pauseMs = 250;
/** After so many refreshes the chain is attacked, and a new one begins. */
const refreshes = 8;

type Form = Record<string, string>;

/** What an application got: an answer with a refresh token, or none. */
interface Tokens {
  refreshToken: string | undefined;
}

export interface Chains {
  stop(): Promise<void>;
}

export function runChains(servers: Servers, book: Book): Chains {
  let stopped = false;
  const goesOn = (): boolean => !stopped;
  const running = Promise.all(Array.from({ length: chainCount }, (_, number) => keepChaining(servers, book, number, goesOn)));
  return {
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

async function keepChaining(servers: Servers, book: Book, number: number, goesOn: () => boolean): Promise<void> {
  const browser = makeBrowser(servers.urls[0] ?? "");
  for (let turn = number; goesOn(); turn += 1) {
    const code = await askForCode(servers, browser);
    if (code === undefined) await sleep(pauseMs);
    else await runChain(servers, book, { code, turn, goesOn });
  }
}

/** @returns undefined if the pages are unavailable */
async function askForCode({ app, person, urls }: Servers, browser: Browser): Promise<Form | undefined> {
  const parameters = { clientId: app.id, redirectUri: app.redirectUri, scope: "openid offline" };
  try {
    const { code, codeVerifier } = await authorize({ url: urls[0] ?? "", person }, parameters, { browser });
    return { grant_type: "authorization_code", code, redirect_uri: app.redirectUri, code_verifier: codeVerifier };
  } catch {
    return undefined;
  }
}

interface Chain {
  code: Form;
  turn: number;
  goesOn: () => boolean;
}

async function runChain(servers: Servers, book: Book, { code, turn, goesOn }: Chain): Promise<void> {
  // A code works once: an application whose answer was lost asks for another one (RFC 6749 §4.1.2).
  const first = await send(servers, book, code, turn);
  let current = first?.refreshToken;
  const spent: Form[] = [code];
  for (let left = refreshes; left > 0 && current !== undefined && goesOn(); left -= 1) {
    await sleep(pauseMs);
    const form = makeRefresh(current);
    current = await refresh(servers, book, form, turn + left);
    if (current !== undefined) spent.push(form);
  }
  // The last one may be repeated for as long as its successor is unused.
  const stolen = spent.slice(0, -1).at(turn % 2 === 0 ? 0 : -1);
  if (current === undefined || stolen === undefined) return;
  await attack(servers, book, stolen, turn);
  await attack(servers, book, makeRefresh(current), turn + 1);
}

const makeRefresh = (token: string): Form => ({ grant_type: "refresh_token", refresh_token: token });

/** Repeats a refresh until it is answered, at the one server and the other. @returns the next refresh token */
async function refresh(servers: Servers, book: Book, form: Form, turn: number): Promise<string | undefined> {
  for (let at = turn; ; at += 1) {
    const tokens = await send(servers, book, form, at);
    if (tokens !== undefined) return tokens.refreshToken;
    await sleep(pauseMs);
  }
}

/** @returns undefined if the answer is that the server is unavailable, or there is none */
async function send(servers: Servers, book: Book, form: Form, turn: number): Promise<Tokens | undefined> {
  const server = turn % servers.urls.length;
  const flow = form.grant_type === "refresh_token" ? "refresh" : "code";
  const answer = await inTime(book, post(servers, server, form));
  const good = judge(book, { flow, contract, server }, answer);
  if (typeof answer === "string" || isUnavailable(contract, answer.status)) return undefined;
  return { refreshToken: good ? answer.refreshToken : undefined };
}

interface AppAnswer extends GivenAnswer {
  refreshToken?: string | undefined;
}

async function post({ app, urls }: Servers, server: number, form: Form): Promise<AppAnswer> {
  const headers = { authorization: basic(app.id, app.secret) };
  const answer = await fetch(`${urls[server]}${tokenPaths[contract]}`, { method: "POST", headers, body: new URLSearchParams(form) });
  const text = await answer.text();
  if (answer.status !== 200) return { status: answer.status, text };
  const body = JSON.parse(text) as { access_token: string; refresh_token?: string };
  const { jti } = decode(body.access_token) as { jti: string };
  return { status: 200, text: "", jti, refreshToken: body.refresh_token };
}

/** Presents what was spent, or what came of it. It must be refused: reuse revokes the family (RFC 9700 §4.14.2). */
async function attack(servers: Servers, book: Book, form: Form, turn: number): Promise<void> {
  for (let at = turn; ; at += 1) {
    const answer = await inTime(book, post(servers, at % servers.urls.length, form));
    if (typeof answer !== "string" && !isUnavailable(contract, answer.status)) {
      if (answer.status === 400) book.refused += 1;
      else if (answer.status === 200) book.doubled.push(`${form.grant_type} was accepted twice`);
      else book.wrong.push(`replay of ${form.grant_type}: ${answer.status} ${answer.text}`);
      return;
    }
    await sleep(pauseMs);
  }
}
