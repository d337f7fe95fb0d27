import type { DemoFacts } from "../contracts/demo";
import { makeSecret } from "../secrets/secret";
import type { CheckedResponse } from "./conformance";
import type { Running } from "./running";

/** Tests what a request with wrong credentials gets. */
export function testCredentials(at: () => Running): void {
  it("answers wrong and unknown credentials alike", async () => {
    const { polymint, subject, makeGood, send, expectAnswer } = at();
    const derived = listWrongFacts(at()).map(async (facts) => send(await makeGood(facts)));
    const answers: CheckedResponse[] = await Promise.all([...derived, ...subject.wrongCredentials(polymint)]);
    for (const response of answers) expectAnswer(response, subject.statuses.wrongCredential);
    const [first, ...others] = answers.map(({ text }) => eraseIds(text));
    for (const other of others) expect(other).toBe(first);
  });

  it("refuses a code that it did not issue", async () => {
    const { subject, makeGood, send, expectAnswer } = at();
    if (!subject.uses.code) return;
    const code = makeSecret("authorization_code");
    expectAnswer(await send(await makeGood({ code: () => code })), subject.statusOf("invalid_grant"));
  });
}

/** Makes the facts of the demo wrong, one after the other. Each wrong fact has the form of a right one. */
function listWrongFacts({ polymint, subject }: Running): Partial<DemoFacts>[] {
  const { uses, name } = subject;
  const own = polymint.clients[name] ?? { secret: "", assertion: () => "" };
  const unused = { code: () => makeSecret("authorization_code"), readAnswer: () => makeSecret("auth_token") };
  const secret = alterEnd(own.secret);
  const nobody = "demo-nobody";
  const unknown = { clientId: nobody, secret, assertion: (to: string) => own.assertion(to, { iss: nobody, sub: nobody }) };
  return [
    ...(uses.secret ? [{ ...unused, secret }] : []),
    ...(uses.clientId || uses.assertion ? [{ ...unused, ...unknown }] : []),
    ...(uses.assertion
      ? [
          { ...unused, assertion: () => own.assertion("https://elsewhere.example") },
          { ...unused, assertion: (to: string) => own.assertion(to).slice(0, -8) },
        ]
      : []),
    ...(uses.answer ? [unused] : []),
  ];
}

function alterEnd(secret: string): string {
  return `${secret.slice(0, -1)}${secret.endsWith("0") ? "1" : "0"}`;
}

/** Error ids differ in every response. */
function eraseIds(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "id");
}
