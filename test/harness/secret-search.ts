/** Searches the logs of all servers of a test file for its secrets. */
import { Server as HttpServer } from "node:http";
import { Server as HttpsServer } from "node:https";
import { observeLogs } from "../../src/testkit/clock-and-log";
import { logsOfFolder, secretsOfFolder, secretsOfInput, secretsOfSettings, secretsOfTalk } from "./child-secrets";
import { type ExchangePart, watchServers } from "./exchange";
import { makeExchangeRecords } from "./exchange-records";
import { secretsOf } from "./exchange-secrets";
import { watchRandomSecrets } from "./made-secrets";
import { makeSecretLedger, secretsByLooks } from "./secret-ledger";
import { type ChildObserver, watchChildren } from "./watched-children";

/** A secret in a line of a log. */
export interface Leak {
  secret: string;
  line: string;
}

/** Searches everything that the servers of a test file log, in this process and in others, for every secret of that file. */
export interface SecretSearch {
  /** Starts to collect secrets and log lines. @returns a function that stops it */
  start(): () => void;
  /** @returns the leaks since the last call */
  findLeaks(): Promise<Leak[]>;
}

export function makeSecretSearch(): SecretSearch {
  const ledger = makeSecretLedger();
  const records = makeExchangeRecords();
  const clients = new Set<string>();
  let lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const note: NoteSecrets = (secrets) => ledger.add(secrets);
  const pass = (passed: ExchangePart): void => note(secretsOf(passed));
  const watch = { ...observeFolders(note, log), ...observeWords(note, log, (environment) => records.enable(environment)) };
  let children: ReturnType<typeof watchChildren> | undefined;
  return {
    start: () => {
      children = watchChildren(watch);
      const stops = [children.stop, observeLogs(log), watchServers([HttpServer, HttpsServer], pass), watchRandomSecrets(note)];
      return () => {
        for (const stop of stops) stop();
      };
    },
    findLeaks: async () => {
      const running = await children?.waitForEnded();
      const recorded = records.takeNew();
      recorded.exchanges.forEach(pass);
      recorded.lines.forEach(log);
      if (running === 0) records.remove();
      const searched = lines;
      lines = [];
      for (const line of searched) clients.add(authenticatedClientIn(line));
      const found = searched.flatMap((line) => ledger.findIn(removeCorrelationId(line)).map((secret) => ({ secret, line })));
      return found.filter(({ secret }) => !clients.has(secret));
    },
  };
}

type NoteSecrets = (secrets: string[]) => void;

function observeWords(note: NoteSecrets, log: (line: string) => void, record: (environment: Map<string, string>) => void) {
  return {
    onStart: ({ args, environment }) => {
      note(secretsOfSettings(environment));
      if (args.some((word) => word === "serve" || /server[^/]*\.ts$/.test(word))) record(environment);
    },
    onInput: (text) => note(secretsOfInput(text)),
    onOutput: (text) => note(secretsOfTalk(text)),
    // A command may repeat its arguments, which are visible in the list of processes anyway.
    onLogLine: (line, args) => log(args.filter(({ length }) => length > 3).reduce((rest, arg) => rest.replaceAll(arg, "…"), line)),
  } satisfies Partial<ChildObserver>;
}

function observeFolders(note: NoteSecrets, log: (line: string) => void) {
  const known = new Set<string>();
  return {
    onSettled: (environment) => {
      const data = environment.get("POLYMINT_DATA");
      if (data === undefined) return;
      note(secretsOfFolder(data));
      for (const line of logsOfFolder(data).filter((each) => !known.has(each))) {
        known.add(line);
        log(line);
      }
    },
  } satisfies Partial<ChildObserver>;
}

/**
 * Callers choose the correlation id, which is meant to be logged; a generator of random requests may choose the same text for
 * it and for a secret. An id that has the shape of a secret is kept.
 */
function removeCorrelationId(line: string): string {
  return line.replace(/"correlationId":"(?:[^"\\]|\\.)*"/, (member) => (secretsByLooks(member).length > 0 ? member : '"correlationId":""'));
}

/** A client id is no secret, even if a test sent it as one. @returns the id of an authenticated client, or an empty text */
function authenticatedClientIn(line: string): string {
  try {
    const { outcome, client = "" } = JSON.parse(line) as { outcome?: string; client?: string };
    return outcome === "ok" ? client : "";
  } catch {
    return "";
  }
}

/** The search of the current test file. */
export const secretSearch = makeSecretSearch();
