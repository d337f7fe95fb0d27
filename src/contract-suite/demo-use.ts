import type { Demo, DemoFacts } from "../contracts/demo";
import { encodeRequest, type EncodedRequest } from "../testkit";

/** Which facts a demo request has credentials from. */
export interface DemoUse {
  secret: boolean;
  clientId: boolean;
  assertion: boolean;
  code: boolean;
  answer: boolean;
}

const facts: DemoFacts = {
  ...{ url: "http://polymint.test", issuer: "http://polymint.test", clientId: "client", secret: "secret" },
  callback: "http://localhost/playground-callback",
  person: { email: "person@example.net", password: "password" },
  user: { email: "user@example.net", password: "password", identityId: "1", identityType: "CORPORATE" },
  assertion: () => "assertion",
  code: () => "code",
  readAnswer: () => "answer",
};

/** Makes the request of a demo with invented facts, and finds which of them it uses. */
export async function probeDemo(demo: Demo): Promise<{ demo: EncodedRequest; uses: DemoUse }> {
  const make = async (changed: Partial<DemoFacts>) => encodeRequest(await demo.request({ ...facts, ...changed }));
  const usual = await make({});
  const isSeenIn = async (changed: Partial<DemoFacts>) => JSON.stringify(await make(changed)) !== JSON.stringify(usual);
  const uses = {
    secret: await isSeenIn({ secret: "another" }),
    clientId: await isSeenIn({ clientId: "another" }),
    assertion: await isSeenIn({ assertion: () => "another" }),
    code: await isSeenIn({ code: () => "another" }),
    answer: await isSeenIn({ readAnswer: () => "another" }),
  };
  return { demo: usual, uses };
}
