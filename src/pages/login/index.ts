import { Refusal } from "../../engine/refusal";
import type { Person } from "../../engine/person";
import { isPassword } from "../../secrets/password";
import { type Destination, resolveDestination } from "../framework/return-to";
import { renderLoggedInPage, renderLoginPage } from "./view";
import { countLogin, type LoginLimitPorts } from "./limits";
import { type Page, type PageReply, type PageRequest, type RedirectReply, redirectTo } from "../framework/page";
import type { Visitor } from "../framework/visitor";

/** A person, and what a password is compared with. */
interface Account {
  person: Person;
  passwordHash: string;
}

export interface LoginPorts extends LoginLimitPorts {
  people: { byEmail(email: string): Promise<Account | undefined> };
  /** Pages that a login may lead back to. */
  destinations: readonly Page[];
  enabled: boolean;
}

/** Makes the page where a person logs in, on the way to one of the destinations or without one. */
export function makeLoginPage(ports: LoginPorts): Page {
  return {
    path: "/login",
    enabled: ports.enabled,
    get: (request) => showLogin(ports, request),
    post: makeLoginHandler(ports),
    renewForm: (request, refusal) => renewLogin(ports, request, refusal),
  };
}

async function showLogin({ destinations }: LoginPorts, { query, visitor }: PageRequest): Promise<PageReply> {
  const destination = await resolveDestination(query("continue"), destinations);
  const session = await visitor.findSession();
  if (session !== undefined && destination === undefined) return renderLoggedInPage(session, visitor);
  return renderLoginPage(visitor, destination, { email: destination?.loginContext.loginHint });
}

/** A person who has logged in in another tab goes straight on; another one gets the form again. */
async function renewLogin({ destinations }: LoginPorts, { form, visitor }: PageRequest, refusal: Refusal): Promise<PageReply> {
  const destination = await resolveDestination(form.continue, destinations);
  if ((await visitor.findSession()) !== undefined) return { ...leadOn(destination), refusal };
  return renderLoginPage(visitor, destination, { email: form.email, isOutdated: true, refusal });
}

function leadOn(destination: Destination | undefined): RedirectReply {
  return destination === undefined ? redirectTo("/login") : { location: `.${destination.target}` };
}

/** @returns the account if the password is right. An unknown address takes as long as a wrong password. */
async function authenticatePerson(people: LoginPorts["people"], email: string, password: string): Promise<Account | undefined> {
  const account = await people.byEmail(email);
  return (await isPassword(password, account?.passwordHash)) ? account : undefined;
}

/** What a browser is known for. With the password's hash in it, a new password makes strangers of all browsers, and of all stolen cookies. */
function nameAccount({ person, passwordHash }: Account): string {
  return `${person.id} ${passwordHash}`;
}

/** @returns the name under which the browser is known for this account; undefined for a stranger, and for an unknown address */
async function findDevice({ people }: LoginPorts, email: string, visitor: Visitor): Promise<string | undefined> {
  if (!visitor.claimsToBeKnown()) return undefined;
  const account = await people.byEmail(email);
  return account && visitor.findDevice(nameAccount(account));
}

function makeLoginHandler(ports: LoginPorts) {
  const { people, destinations } = ports;
  return async function logIn({ form, visitor, network, now, exchange }: PageRequest): Promise<PageReply> {
    const destination = await resolveDestination(form.continue, destinations);
    const email = (form.email ?? "").trim();
    const { password } = form;
    if (email === "" || password === undefined) {
      const refusal = new Refusal("invalid_request", "email or password is missing");
      return renderLoginPage(visitor, destination, { email, missing: { email: email === "", password: password === undefined }, refusal });
    }

    const device = await findDevice(ports, email, visitor);
    const attempt = await countLogin(ports, { email, network, device }, now);
    const account = await attempt.run(() => authenticatePerson(people, email, password));
    if (account === undefined)
      return renderLoginPage(visitor, destination, { email, refusal: new Refusal("invalid_grant", "unknown person or wrong password") });
    await attempt.recordSuccess();
    const { id, status } = account.person;
    exchange.note.person = id;
    if (status !== "active") {
      return renderLoginPage(visitor, destination, { email, refusal: new Refusal("access_denied", `person ${id} is disabled`) });
    }

    if (!(await visitor.logIn({ personId: id, passwordHash: account.passwordHash }))) {
      const refusal = new Refusal("invalid_grant", `the password of person ${id} was changed during the login`);
      return renderLoginPage(visitor, destination, { email, refusal });
    }
    visitor.rememberDevice(nameAccount(account));
    return leadOn(destination);
  };
}
