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

/** A secret that stands in a log. */
export interface Leak {
  secret: string;
  line: string;
}

/** Looks for every secret that a test file has to do with in all that its servers log, in this process and in others. */
export interface SecretSearch {
  /** Begins to note both. @returns ends it */
  begin(): () => void;
  /** What has leaked since it was asked last. */
  leaks(): Promise<Leak[]>;
}

export function makeSecretSearch(): SecretSearch {
  const ledger = makeSecretLedger();
  const records = makeExchangeRecords();
  const clients = new Set<string>();
  let lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const note: NoteSecrets = (secrets) => ledger.add(secrets);
  const pass = (passed: ExchangePart): void => note(secretsOf(passed));
  const watch = { ...observeFolders(note, log), ...observeWords(note, log, (environment) => records.askFor(environment)) };
  let children: ReturnType<typeof watchChildren> | undefined;
  return {
    begin: () => {
      children = watchChildren(watch);
      const stops = [children.stop, observeLogs(log), watchServers([HttpServer, HttpsServer], pass), watchRandomSecrets(note)];
      return () => {
        for (const stop of stops) stop();
      };
    },
    leaks: async () => {
      const running = await children?.settled();
      const recorded = records.take();
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
    starting: ({ args, environment }) => {
      note(secretsOfSettings(environment));
      if (args.some((word) => word === "serve" || /server[^/]*\.ts$/.test(word))) record(environment);
    },
    told: (text) => note(secretsOfInput(text)),
    said: (text) => note(secretsOfTalk(text)),
    // What somebody has typed behind a command, the command may tell back: it stands in the list of processes anyway.
    logged: (line, args) => log(args.filter(({ length }) => length > 3).reduce((rest, arg) => rest.replaceAll(arg, "…"), line)),
  } satisfies Partial<ChildObserver>;
}

function observeFolders(note: NoteSecrets, log: (line: string) => void) {
  const known = new Set<string>();
  return {
    settled: (environment) => {
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
 * The id that callers give their requests is theirs to choose, and is there to be logged: whoever makes requests at random
 * chooses the same text for it as for a secret. One that looks like a secret of ours stays.
 */
function removeCorrelationId(line: string): string {
  return line.replace(/"correlationId":"(?:[^"\\]|\\.)*"/, (member) => (secretsByLooks(member).length > 0 ? member : '"correlationId":""'));
}

/** A client's id is no secret, even where somebody has tried it as one. @returns the id of one that proved itself, or nothing */
function authenticatedClientIn(line: string): string {
  try {
    const { outcome, client = "" } = JSON.parse(line) as { outcome?: string; client?: string };
    return outcome === "ok" ? client : "";
  } catch {
    return "";
  }
}

/** The one of the test file that is being run. */
export const secretSearch = makeSecretSearch();
