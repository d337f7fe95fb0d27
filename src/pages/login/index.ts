import type { Attempts } from "../../engine/ports/counts";
import type { SecretDigest } from "../../engine/ports/clients";
import { Refusal } from "../../engine/refusal";
import type { Person } from "../../engine/person";
import { countAttempt } from "../../limits/counted-attempt";
import { isPassword } from "../../secrets/password";
import { destinationOf } from "../framework/return-to";
import { loggedInPage, loginPage } from "./view";
import { listLoginSubjects } from "./limits";
import { type Page, type PageReply, type PageRequest, seeOther } from "../framework/page";

export interface LoginPorts {
  people: { byEmail(email: string): Promise<{ person: Person; passwordHash: string } | undefined> };
  attempts: Attempts;
  digest: SecretDigest;
  /** Pages that a login may lead back to. */
  destinations: readonly Page[];
  enabled: boolean;
}

/** Where people prove who they are, on the way to one of the destinations or for its own sake. */
export function makeLogin(ports: LoginPorts): Page {
  return { path: "/login", enabled: ports.enabled, get: (request) => show(ports, request), post: makeLogIn(ports) };
}

async function show({ destinations }: LoginPorts, { query, visitor }: PageRequest): Promise<PageReply> {
  const destination = await destinationOf(query().continue, destinations);
  const session = await visitor.session();
  if (session !== undefined && destination === undefined) return loggedInPage(session, visitor);
  return loginPage(visitor, destination, { email: destination?.continuation.loginHint });
}

/** Takes as long for an address that nobody has. */
async function personWith(people: LoginPorts["people"], email: string, password: string): Promise<Person | undefined> {
  const found = await people.byEmail(email);
  return (await isPassword(password, found?.passwordHash)) ? found?.person : undefined;
}

function makeLogIn({ people, attempts, digest, destinations }: LoginPorts) {
  return async function logIn({ form, visitor, network, now, exchange }: PageRequest): Promise<PageReply> {
    const destination = await destinationOf(form.continue, destinations);
    const email = (form.email ?? "").trim();
    const { password } = form;
    if (email === "" || password === undefined) {
      const refusal = new Refusal("invalid_request", "email or password missing");
      return loginPage(visitor, destination, { email, missing: { email: email === "", password: password === undefined }, refusal });
    }

    const attempt = await countAttempt(attempts, listLoginSubjects(email, network, digest), now);
    const person = await attempt.run(() => personWith(people, email, password));
    if (person === undefined)
      return loginPage(visitor, destination, { email, refusal: new Refusal("invalid_grant", "unknown person or wrong password") });
    await attempt.recordSuccess();
    const { id, status } = person;
    exchange.note.person = id;
    if (status !== "active") {
      return loginPage(visitor, destination, { email, refusal: new Refusal("access_denied", `person ${id} is disabled`) });
    }

    await visitor.logIn(id);
    return destination === undefined ? seeOther("/login") : { location: `.${destination.target}` };
  };
}
