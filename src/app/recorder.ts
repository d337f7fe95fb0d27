import type { Api } from "../http/api";
import { makeRecorder, type Recorder } from "../sandbox/recorder";
import { makeExchangeStore } from "../store/sandbox/exchanges";
import type { AppSettings } from "./options";

/** The pages that a client sends people to. Other pages are none of its requests. */
const clientPages: ReadonlySet<string> = new Set(["/authorize", "/device", "/login"]);

/** Builds the recorder. @param listApis lists every contract and service; not called before there are requests */
export function buildRecorder(listApis: () => readonly Api[], { database, clock }: AppSettings): Recorder {
  let ignored: ReadonlySet<string> | undefined;
  return makeRecorder({
    store: makeExchangeStore(database),
    clock,
    listSpecs: () => listApis().map(({ spec }) => spec),
    isIgnored: ({ contract, operation, isUnknownPath }) => {
      if (isUnknownPath) return false;
      if (contract === "pages") return !clientPages.has(operation);
      ignored ??= new Set(listApis().flatMap(({ name, vital, faultless }) => (vital === true || faultless === true ? [name] : [])));
      return ignored.has(contract);
    },
  });
}
