import { makeSecret, makeSecretDigest } from "../../../../src/secrets/secret";
import { makeSessions } from "../../../../src/store/people/sessions";
import { callback, allScopes } from "../../../harness/screening-eagle-app";
import { challengeOf, makeVerifier } from "../../../harness/authorize";
import { formsOf } from "../../../harness/browser";
import { requestDeviceCodes, decideDeviceRequest, type DeviceCodes, registerDevice } from "../../../harness/device-client";
import { type Draft, type Pair, send } from "../request-builder";
import { inForm, inHeader, inQuery } from "../request-parts";
import type { Flow, Row } from "../matrix";
import { pages, wrongLink } from "../expected-wording";
import { newClient, once, post, type SecretClient, type World } from "../fixture";
import { instead } from "./weavr";

const client = "https://app.example.net";
const toClient = (error: string, description: string) => `303 ${client}: ${error}: ${description}`;
const notOurs = "403 That did not come from our page";
const tooLongRequest = `400 ${wrongLink}: The request is too long.`;
const repeatedToClient = toClient("invalid_request", "A parameter is given more than once.");
const nulToClient = toClient("invalid_request", "A parameter has a NUL character.");

const challenge = challengeOf(makeVerifier());
let addresses = 0;

/** From a place of its own, so that no case's failures count against another. */
function fromSomewhere(): Pair {
  addresses += 1;
  return ["X-Forwarded-For", `10.0.${addresses >> 8}.${addresses & 255}`];
}

/** What people send to the pages, and what clients send along with them. */
export function pageRows(world: World): Row[] {
  const app = once(() =>
    newClient(world.polymint.register, { contracts: ["screening-eagle"], scopes: allScopes.split(" "), redirectUris: [callback] }),
  );
  return [
    ...authorizeRows(world, app),
    ...postedRows(app),
    ...consentRows(world, app),
    ...loginRows(world),
    ...deviceRows(world),
    ...onTheWayRows(world),
  ];
}

/** A browser in which somebody is logged in. */
async function loggedIn({ polymint }: World): Promise<{ session: string; headers: Pair[] }> {
  const session = makeSecret("session");
  await makeSessions(polymint.database).begin(makeSecretDigest(polymint.pepper)(session), polymint.person.id, polymint.clock());
  return { session, headers: [["Cookie", `polymint=${session}`], fromSomewhere()] };
}

/** Fills in the form of a page, as a browser does. */
async function formOf(world: World, page: Draft): Promise<{ fields: Record<string, string>; headers: Pair[] }> {
  const answer = await send(world.polymint.url, page);
  const form = formsOf({ url: page.path, status: answer.status, headers: new Headers(), text: answer.text }).at(-1);
  if (form === undefined) throw new Error(`no form on ${page.path}: ${answer.status} ${answer.text}`);
  const cookie = (answer.headers as Record<string, string>)["set-cookie"]?.split(";", 1)[0];
  return { fields: form.fields, headers: cookie === undefined ? [...page.headers] : [...page.headers, ["Cookie", cookie]] };
}

function asked({ id }: SecretClient): Pair[] {
  return [
    ["response_type", "code"],
    ["client_id", id],
    ["redirect_uri", callback],
    ["scope", allScopes],
    ["state", "as the client left it"],
    ["nonce", "n-0S6_WzA2Mj"],
    ["code_challenge", challenge],
    ["code_challenge_method", "S256"],
    ["response_mode", "query"],
    ["prompt", "consent"],
    ["max_age", "86400"],
  ];
}

function authorizeRows(world: World, app: () => Promise<SecretClient>): Row[] {
  const draft = async (): Promise<Draft> => {
    const { headers } = await loggedIn(world);
    return { method: "GET", path: "/authorize", query: asked(await app()), headers };
  };
  const mustServe: Flow["mustServe"] = (answer) => expect(pages.said(answer)).toMatch(/^200 Allow .* access\?$/);
  const flow: Flow = { name: "/authorize", voice: pages, draft, mustServe, repeatsInput: true };
  const tooLong = { "8 KB long": tooLongRequest };
  const trusted = {
    ...tooLong,
    "given twice": repeatedToClient,
    "given twice, once made up": repeatedToClient,
    "with NUL encoded": nulToClient,
    "with NUL at its beginning": nulToClient,
  };
  const optional = { ...trusted, empty: null, "left out": null };
  /** Before it is known who asks, nobody is sent anywhere; whatever is wrong then is the same. */
  const untrusted = (name: string, message: string): Row => {
    const said = `400 ${wrongLink}: ${message}.`;
    const columns = ["empty", "left out", "given twice", "given twice, once made up", "with NUL encoded", "with NUL at its beginning"];
    const says = { ...tooLong, ...Object.fromEntries(columns.map((column) => [column, said])) };
    return { flow, place: inQuery(name), unknown: said, says };
  };
  const invalid = (description: string) => toClient("invalid_request", description);
  const lacking = (name: string) => {
    const said = invalid(`${name} is missing.`);
    return { ...trusted, empty: said, "left out": said };
  };
  const noMethod = invalid("code_challenge_method must be S256.");
  const noChallenge = invalid("code_challenge is missing (RFC 7636).");
  const other = once(() =>
    newClient(world.polymint.register, {
      contracts: ["screening-eagle"],
      scopes: ["email"],
      redirectUris: ["https://other.example.net/callback"],
    }),
  );
  return [
    untrusted("client_id", "The application that sent you here is not known, or not allowed to let people log in"),
    {
      ...untrusted("redirect_uri", "The address that you would be sent back to is not one that the application has registered"),
      specials: {
        "another client's": async () => ({
          bad: inQuery("redirect_uri").put(await draft(), "https://other.example.net/callback"),
          mended: await otherDraft(await draft(), await other()),
        }),
      },
    },
    {
      flow,
      place: inQuery("response_type"),
      unknown: toClient("unsupported_response_type", "response_type must be code."),
      says: lacking("response_type"),
    },
    {
      flow,
      place: inQuery("scope"),
      unknown: toClient("invalid_scope", "The client is not registered for a scope that it asked for."),
      says: lacking("scope"),
    },
    { flow, place: inQuery("state"), unknown: null, says: optional },
    { flow, place: inQuery("nonce"), unknown: null, says: optional },
    {
      flow,
      place: inQuery("code_challenge"),
      unknown: invalid("code_challenge must be a SHA-256 in base64url, which has 43 characters."),
      // Nobody can tell these from a challenge before the verifier comes.
      says: { ...trusted, empty: noChallenge, "left out": noChallenge, "made up": null, "with one character changed": null },
    },
    { flow, place: inQuery("code_challenge_method"), unknown: noMethod, says: { ...trusted, empty: noMethod, "left out": noMethod } },
    { flow, place: inQuery("response_mode"), unknown: invalid("response_mode must be query."), says: optional },
    { flow, place: inQuery("prompt"), unknown: invalid("prompt has a value that is not known."), says: optional },
    {
      flow,
      place: inQuery("max_age"),
      unknown: invalid("max_age must be a number of seconds."),
      says: { ...optional, "made up": null, "without its last character": null, "cut in half": null, "with one character changed": null },
    },
    cookieRow(world, flow),
  ];
}

/** An authorization request as a form, which comes back as a query: there it is looked at. */
function postedRows(app: () => Promise<SecretClient>): Row[] {
  const draft = async (): Promise<Draft> => ({
    method: "POST",
    path: "/authorize",
    query: [],
    headers: [fromSomewhere()],
    body: { as: "form", members: asked(await app()) },
  });
  const mustServe: Flow["mustServe"] = (answer) => expect(pages.said(answer)).toBe("303 ./authorize");
  const flow: Flow = { name: "/authorize, posted", voice: pages, draft, mustServe, repeatsInput: true };
  const later = [
    "empty",
    "left out",
    "given twice",
    "given twice, once made up",
    "with NUL as it is",
    "with NUL encoded",
    "with NUL at its beginning",
  ];
  const says = { "8 KB long": tooLongRequest, "60 KB long": tooLongRequest, ...Object.fromEntries(later.map((column) => [column, null])) };
  return [{ flow, place: inForm("state"), unknown: null, says }];
}

/** Parameters by which people are led to a page, and the form that ends a session. */
function onTheWayRows(world: World): Row[] {
  const leading = (path: string, name: string, value: string, shown: string): Row => {
    const draft = async (): Promise<Draft> => ({ method: "GET", path, query: [[name, value]], headers: [fromSomewhere()] });
    const mustServe: Flow["mustServe"] = (answer) => expect(pages.said(answer)).toBe(shown);
    const flow: Flow = { name: path, voice: pages, draft, mustServe, repeatsInput: true };
    // Anything that can be read leads somewhere: to no other place, and to an empty field.
    return { flow, place: inQuery(name), unknown: null, says: { empty: null, "left out": null } };
  };
  const draft = async (): Promise<Draft> => {
    const { headers } = await loggedIn(world);
    return post("/logout", headers, (await formOf(world, { method: "GET", path: "/logout", query: [], headers })).fields);
  };
  const mustServe: Flow["mustServe"] = (answer) => expect(pages.said(answer)).toBe("303 ./logout");
  return [
    leading("/login", "continue", "/device?user_code=WDJB-MJHT", "200 Log in"),
    leading("/device", "user_code", "WDJB-MJHT", "200 Connect a device"),
    csrfRow({ name: "/logout", voice: pages, draft, mustServe, repeatsInput: true }, world),
  ];
}

async function otherDraft(draft: Draft, { id }: SecretClient): Promise<Draft> {
  const redirected = inQuery("redirect_uri").put(inQuery("client_id").put(draft, id), "https://other.example.net/callback");
  return inQuery("scope").put(redirected, "email");
}

/** A session that is not there is asked to begin. */
function cookieRow(world: World, flow: Flow): Row {
  const place = inHeader("Cookie", "polymint=");
  const login = "303 ./login";
  const specials: Row["specials"] = {
    "too old": async () => {
      const bad = await flow.draft();
      world.polymint.clock.advance(30 * 60);
      return { bad, mended: await flow.draft() };
    },
    "logged out": async () => {
      const { database, pepper } = world.polymint;
      const [bad, mended] = [await flow.draft(), await flow.draft()];
      await makeSessions(database).end(makeSecretDigest(pepper)(place.get(bad)));
      return { bad, mended };
    },
  };
  // Of two with one name the first counts (RFC 6265 §5.4).
  const says = { empty: login, "left out": login, "given twice": null, "given twice, once made up": login };
  return { flow, place, unknown: login, tolerated: true, says, specials };
}

/** The field that ties a form to the browser it was made for. */
function csrfRow(flow: Flow, world: World): Row {
  const anothers = async () =>
    (await formOf(world, { method: "GET", path: "/login", query: [], headers: [fromSomewhere()] })).fields.csrf ?? "";
  return {
    flow,
    place: inForm("csrf"),
    unknown: notOurs,
    says: { empty: notOurs, "left out": notOurs },
    specials: { "another browser's": instead(flow, inForm("csrf"), anothers) },
  };
}

function consentRows(world: World, app: () => Promise<SecretClient>): Row[] {
  const draft = async (): Promise<Draft> => {
    const { headers } = await loggedIn(world);
    const { fields } = await formOf(world, { method: "GET", path: "/authorize", query: asked(await app()), headers });
    return post("/consent", headers, { ...fields, decision: "approve" });
  };
  const mustServe: Flow["mustServe"] = (answer) => expect(pages.said(answer)).toBe(`303 ${client}: a code`);
  const flow: Flow = { name: "/consent", voice: pages, draft, mustServe, repeatsInput: true };
  const missing = { empty: `400 ${wrongLink}`, "left out": `400 ${wrongLink}` };
  return [
    csrfRow(flow, world),
    { flow, place: inForm("request"), unknown: null, says: { ...missing, "8 KB long": tooLongRequest, "60 KB long": tooLongRequest } },
    { flow, place: inForm("decision"), unknown: `400 ${wrongLink}`, says: missing },
  ];
}

function loginRows(world: World): Row[] {
  const draft = async (): Promise<Draft> => {
    const { fields, headers } = await formOf(world, {
      method: "GET",
      path: "/login",
      query: [["continue", "/device"]],
      headers: [fromSomewhere()],
    });
    const { email, password } = world.polymint.person;
    return post("/login", headers, { ...fields, email, password });
  };
  const mustServe: Flow["mustServe"] = (answer) => expect(pages.said(answer)).toBe("303 ./device");
  const flow: Flow = { name: "/login", voice: pages, draft, mustServe, repeatsInput: true };
  const unknown = "400 Log in: The email address or the password is wrong.";
  const missing = (what: string) => ({ empty: `400 Log in: Enter your ${what}.`, "left out": `400 Log in: Enter your ${what}.` });
  return [
    csrfRow(flow, world),
    {
      flow,
      place: inForm("email"),
      unknown,
      says: missing("email address"),
      specials: { "a weavr user's": instead(flow, inForm("email"), () => world.polymint.user.email) },
    },
    { flow, place: inForm("password"), unknown, says: missing("password") },
    { flow, place: inForm("continue"), unknown: null, says: { empty: null, "left out": null } },
  ];
}

function deviceRows(world: World): Row[] {
  const device = once(() => registerDevice(world.polymint, { scopes: ["alpha"] }));
  const codes = async (): Promise<DeviceCodes> => requestDeviceCodes(world.polymint, { client_id: await device() });
  const draftOf = async (userCode: string, decision: Record<string, string>): Promise<Draft> => {
    const { headers } = await loggedIn(world);
    const { fields } = await formOf(world, { method: "GET", path: "/device", query: [], headers });
    return post("/device", headers, { ...fields, user_code: userCode, ...decision });
  };
  const typed: Flow = {
    name: "/device, typed",
    voice: pages,
    draft: async () => draftOf((await codes()).user_code, {}),
    mustServe: (answer) => expect(pages.said(answer)).toBe("200 Allow this device?"),
    repeatsInput: true,
  };
  const decided: Flow = {
    ...typed,
    name: "/device, decided",
    draft: async () => draftOf((await codes()).user_code, { decision: "approve" }),
    mustServe: (answer) => expect(pages.said(answer)).toBe("200 Your device is connected"),
  };
  return [
    csrfRow(typed, world),
    ...[typed, decided].map((flow) => userCodeRow(world, flow, codes)),
    csrfRow(decided, world),
    {
      flow: decided,
      place: inForm("decision"),
      unknown: `400 ${wrongLink}: Choose to allow or to deny.`,
      says: { empty: null, "left out": null },
    },
  ];
}

function userCodeRow(world: World, flow: Flow, codes: () => Promise<DeviceCodes>): Row {
  const place = inForm("user_code");
  const unknown = "400 Connect a device: This code is wrong, or it is no longer good.";
  const specials: Row["specials"] = {
    "decided on": async () => {
      const [mended, theirs] = [await flow.draft(), await codes()];
      await decideDeviceRequest(world.polymint, theirs, true);
      return { bad: place.put(mended, theirs.user_code), mended };
    },
    expired: async () => {
      const { user_code } = await codes();
      world.polymint.clock.advance(600);
      const mended = await flow.draft();
      return { bad: place.put(mended, user_code), mended };
    },
    "a device code": instead(flow, place, async () => (await codes()).device_code),
  };
  return { flow, place, unknown, says: { empty: unknown, "left out": unknown }, specials };
}
