import type { DemoFacts } from "../contracts/demo";
import { sendRequest, type EncodedRequest, type PlainResponse, type TestPolymint } from "../testkit";
import { type CheckedResponse, findDeclared, mustConformTo } from "./conformance";
import type { FaultyWire } from "./faulty-wire";
import { startFaultyPolymint } from "./faulty-polymint";
import { readSubject, type ContractUnderTest, type Subject } from "./subject";

/** A contract on a server that runs. */
export interface Running {
  subject: Subject;
  polymint: TestPolymint;
  wire: FaultyWire;
  /** Makes a request that gets a token. @param facts replace the right ones */
  makeGood: (facts?: Partial<DemoFacts>) => Promise<EncodedRequest>;
  /** Sends it. @param url of another server on the same database */
  send: (request: EncodedRequest, url?: string) => Promise<PlainResponse>;
  sendGood: () => Promise<PlainResponse>;
  /** Expects that a response has this status, and what the spec declares for it. */
  expectAnswer: (response: CheckedResponse, status: number, what?: unknown) => void;
  expectGranted: (response: PlainResponse) => void;
  stop: () => Promise<void>;
}

/**
 * Starts the server of a contract, behind a wire and before a database that the tests can cut.
 * @throws Error if there is no such contract, or no token operation takes its demo request
 */
export async function startRunning(contract: ContractUnderTest): Promise<Running> {
  const subject = await readSubject(contract);
  const { polymint, wire, stop } = await startFaultyPolymint({ statementTimeoutMs: 1000 }, subject.start);
  const { name, place } = subject;
  const makeGood = (facts?: Partial<DemoFacts>) => polymint.makeDemoRequest(name, facts);
  const send = (request: EncodedRequest, url = polymint.url) => sendRequest(url, request);
  const expectAnswer = (response: CheckedResponse, status: number, what: unknown = ""): void => {
    expect([what, response.status]).toEqual([what, status]);
    mustConformTo(place, response);
    expect(response.headers["cache-control"]).toBe("no-store");
  };
  return {
    ...{ subject, polymint, wire, stop, makeGood, send, expectAnswer },
    sendGood: async () => send(await makeGood()),
    expectGranted: (response) => {
      expect({ isGranted: response.status < 300, text: response.text }).toMatchObject({ isGranted: true });
      expectAnswer(response, response.status);
      expect(findDeclared(place, response.status)?.content).toBeDefined();
    },
  };
}
