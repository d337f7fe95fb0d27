/** Rows for the pages: authorization, consent, login, device and logout. */
import { makeSecret, makeSecretDigest } from "../../../../src/secrets/secret";
import { startSession } from "../../../harness/own-person";
import { makeSessions } from "../../../../src/store/people/sessions";
import { callback, allScopes } from "../../../harness/screening-eagle-app";
import { challengeOf, makeVerifier } from "../../../harness/authorize";
import { formsOf } from "../../../harness/browser";
import { requestDeviceCodes, decideDeviceRequest, type DeviceCodes, registerDevice } from "../../../harness/device-client";
import { type RawRequest, type RequestField, send } from "../request-builder";
import { inForm, inHeader, inQuery } from "../request-parts";
import type { MatrixRow, RequestFlow } from "../matrix";
import { pagesWording, wrongLink } from "../expected-wording";
import { registerSecretClient, once, makeFormRequest, type SecretClient, type ServerFixture } from "../fixture";
import { replaceWith } from "./weavr";

const clientOrigin = "https://app.example.net";
const redirectToClient = (error: string, description: string) => `303 ${clientOrigin}: ${error}: ${description}`;
const outdated = "403 Log in: This form was out of date. Enter your password again. If this repeats, allow cookies for this site.";
const tooLongRequest = `400 ${wrongLink}: The request is too long.`;
const repeatedToClient = redirectToClient("invalid_request", "A parameter is given more than once.");
const nulToClient = redirectToClient("invalid_request", "A parameter has a NUL character.");

const challenge = challengeOf(makeVerifier());
let addresses = 0;

const spoilingOneScope = [
  "without its last character",
  "cut in half",
  "with one character changed",
  "with one character more",
  "with a line break and one more",
];

/** A new source address, so that the failures of one test do not count against another. */
function makeSourceAddress(): RequestField {
  addresses += 1;
  return ["X-Forwarded-For", `10.0.${addresses >> 8}.${addresses & 255}`];
}

/** Rows for the pages: what people type, and what clients put into the links that lead there. */
export function pageRows(fixture: ServerFixture): MatrixRow[] {
  const app = once(() =>
    registerSecretClient(fixture.polymint.register, {
      contracts: ["screening-eagle"],
      scopes: allScopes.split(" "),
      redirectUris: [callback],
    }),
  );
  return [
    ...authorizeRows(fixture, app),
    ...postedRows(app),
    ...consentRows(fixture, app),
    ...loginRows(fixture),
    ...deviceRows(fixture),
    ...linkRows(fixture),
  ];
}

/** Starts a session of the seeded person, as a login does. */
async function logIn({ polymint }: ServerFixture): Promise<{ session: string; headers: RequestField[] }> {
  const session = makeSecret("session");
  await startSession(polymint, polymint.person.id, makeSecretDigest(polymint.pepper)(session));
  return { session, headers: [["Cookie", `polymint=${session}`], makeSourceAddress()] };
}

/** Reads the form of a page with the values that the page filled in, and the cookie that goes with it. */
async function fetchForm(fixture: ServerFixture, page: RawRequest): Promise<{ fields: Record<string, string>; headers: RequestField[] }> {
  const answer = await send(fixture.polymint.url, page);
  const form = formsOf({ url: page.path, status: answer.status, headers: new Headers(), text: answer.text }).at(-1);
  if (form === undefined) throw new Error(`no form on ${page.path}: ${answer.status} ${answer.text}`);
  const cookie = (answer.headers as Record<string, string>)["set-cookie"]?.split(";", 1)[0];
  return { fields: form.fields, headers: cookie === undefined ? [...page.headers] : [...page.headers, ["Cookie", cookie]] };
}

function authorizeParameters({ id }: SecretClient): RequestField[] {
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

function authorizeRows(fixture: ServerFixture, app: () => Promise<SecretClient>): MatrixRow[] {
  const makeRequest = async (): Promise<RawRequest> => {
    const { headers } = await logIn(fixture);
    return { method: "GET", path: "/authorize", query: authorizeParameters(await app()), headers };
  };
  const mustBeServed: RequestFlow["mustBeServed"] = (answer) => expect(pagesWording.summarize(answer)).toMatch(/^200 Allow .* access\?$/);
  const flow: RequestFlow = { name: "/authorize", wording: pagesWording, makeRequest, mustBeServed, repeatsInput: true };
  const tooLong = { "8 KB long": tooLongRequest };
  const trusted = {
    ...tooLong,
    "given twice": repeatedToClient,
    "given twice, once made up": repeatedToClient,
    "with NUL encoded": nulToClient,
    "with NUL at its beginning": nulToClient,
  };
  const optional = { ...trusted, empty: null, "left out": null };
  /** Until client and redirect URI are verified, the browser is redirected nowhere, and every fault gets the same page. */
  const untrusted = (name: string, message: string): MatrixRow => {
    const said = `400 ${wrongLink}: ${message}.`;
    const columns = ["empty", "left out", "given twice", "given twice, once made up", "with NUL encoded", "with NUL at its beginning"];
    const faultWordings = { ...tooLong, ...Object.fromEntries(columns.map((column) => [column, said])) };
    return { flow, part: inQuery(name), unknownWording: said, faultWordings };
  };
  const invalid = (description: string) => redirectToClient("invalid_request", description);
  const lacking = (name: string) => {
    const said = invalid(`${name} is missing.`);
    return { ...trusted, empty: said, "left out": said };
  };
  const noMethod = invalid("code_challenge_method must be S256.");
  const noChallenge = invalid("code_challenge is missing (RFC 7636).");
  const other = once(() =>
    registerSecretClient(fixture.polymint.register, {
      contracts: ["screening-eagle"],
      scopes: ["email", "payments"],
      redirectUris: ["https://other.example.net/callback"],
    }),
  );
  return [
    untrusted("client_id", "The application that sent you here is not known, or not allowed to let people log in"),
    {
      ...untrusted("redirect_uri", "The address that you would be sent back to is not one that the application has registered"),
      specialCases: {
        "another client's": async () => ({
          bad: inQuery("redirect_uri").replace(await makeRequest(), "https://other.example.net/callback"),
          good: await askOtherClient(await makeRequest(), await other()),
        }),
      },
    },
    {
      flow,
      part: inQuery("response_type"),
      unknownWording: redirectToClient("unsupported_response_type", "response_type must be code."),
      faultWordings: lacking("response_type"),
    },
    {
      flow,
      part: inQuery("scope"),
      unknownWording: redirectToClient("invalid_scope", "No scope that was asked for is known."),
      // What is left without the scope that the fault spoils is asked for (OIDC Core §3.1.2.1).
      faultWordings: {
        ...lacking("scope"),
        ...Object.fromEntries(spoilingOneScope.map((fault) => [fault, null])),
        "another client's": redirectToClient("invalid_scope", "The client is not registered for a scope that it asked for."),
      },
      specialCases: {
        "another client's": async () => {
          const [good] = [await makeRequest(), await other()];
          return { bad: inQuery("scope").replace(good, "openid payments"), good };
        },
      },
    },
    { flow, part: inQuery("state"), unknownWording: null, faultWordings: optional },
    { flow, part: inQuery("nonce"), unknownWording: null, faultWordings: optional },
    {
      flow,
      part: inQuery("code_challenge"),
      unknownWording: invalid("code_challenge must be a SHA-256 in base64url, which has 43 characters."),
      // These look like a challenge; only the verifier shows that they are wrong.
      faultWordings: { ...trusted, empty: noChallenge, "left out": noChallenge, "made up": null, "with one character changed": null },
    },
    {
      flow,
      part: inQuery("code_challenge_method"),
      unknownWording: noMethod,
      faultWordings: { ...trusted, empty: noMethod, "left out": noMethod },
    },
    { flow, part: inQuery("response_mode"), unknownWording: invalid("response_mode must be query."), faultWordings: optional },
    { flow, part: inQuery("prompt"), unknownWording: invalid("prompt has a value that is not known."), faultWordings: optional },
    {
      flow,
      part: inQuery("max_age"),
      unknownWording: invalid("max_age must be a number of seconds."),
      faultWordings: {
        ...optional,
        "made up": null,
        "without its last character": null,
        "cut in half": null,
        "with one character changed": null,
      },
    },
    cookieRow(fixture, flow),
  ];
}

/** An authorization request posted as a form is redirected to the same request as a query, where it is checked. */
function postedRows(app: () => Promise<SecretClient>): MatrixRow[] {
  const makeRequest = async (): Promise<RawRequest> => ({
    method: "POST",
    path: "/authorize",
    query: [],
    headers: [makeSourceAddress()],
    body: { as: "form", members: authorizeParameters(await app()) },
  });
  const mustBeServed: RequestFlow["mustBeServed"] = (answer) => expect(pagesWording.summarize(answer)).toBe("303 ./authorize");
  const flow: RequestFlow = { name: "/authorize, posted", wording: pagesWording, makeRequest, mustBeServed, repeatsInput: true };
  const later = [
    "empty",
    "left out",
    "given twice",
    "given twice, once made up",
    "with NUL as it is",
    "with NUL encoded",
    "with NUL at its beginning",
  ];
  const faultWordings = {
    "8 KB long": tooLongRequest,
    "60 KB long": tooLongRequest,
    ...Object.fromEntries(later.map((column) => [column, null])),
  };
  return [{ flow, part: inForm("state"), unknownWording: null, faultWordings }];
}

/** Rows for parameters in links to a page, and for the form that ends a session. */
function linkRows(fixture: ServerFixture): MatrixRow[] {
  const makeLinkRow = (path: string, name: string, value: string, expected: string): MatrixRow => {
    const makeRequest = async (): Promise<RawRequest> => ({ method: "GET", path, query: [[name, value]], headers: [makeSourceAddress()] });
    const mustBeServed: RequestFlow["mustBeServed"] = (answer) => expect(pagesWording.summarize(answer)).toBe(expected);
    const flow: RequestFlow = { name: path, wording: pagesWording, makeRequest, mustBeServed, repeatsInput: true };
    // Any readable value leads to the same page, with an empty field at worst.
    return { flow, part: inQuery(name), unknownWording: null, faultWordings: { empty: null, "left out": null } };
  };
  const makeRequest = async (): Promise<RawRequest> => {
    const { headers } = await logIn(fixture);
    return makeFormRequest("/logout", headers, (await fetchForm(fixture, { method: "GET", path: "/logout", query: [], headers })).fields);
  };
  const mustBeServed: RequestFlow["mustBeServed"] = (answer) => expect(pagesWording.summarize(answer)).toBe("303 ./logout");
  return [
    makeLinkRow("/login", "continue", "/device?user_code=WDJB-MJHT", "200 Log in"),
    makeLinkRow("/device", "user_code", "WDJB-MJHT", "200 Connect a device"),
    csrfRow({ name: "/logout", wording: pagesWording, makeRequest, mustBeServed, repeatsInput: true }, fixture, "303 ./logout"),
  ];
}

async function askOtherClient(request: RawRequest, { id }: SecretClient): Promise<RawRequest> {
  const redirected = inQuery("redirect_uri").replace(inQuery("client_id").replace(request, id), "https://other.example.net/callback");
  return inQuery("scope").replace(redirected, "email");
}

/** A browser without a valid session is redirected to the login page. */
function cookieRow(fixture: ServerFixture, flow: RequestFlow): MatrixRow {
  const part = inHeader("Cookie", "polymint=");
  const login = "303 ./login";
  const specialCases: MatrixRow["specialCases"] = {
    "too old": async () => {
      const bad = await flow.makeRequest();
      fixture.polymint.clock.advance(30 * 60);
      return { bad, good: await flow.makeRequest() };
    },
    "logged out": async () => {
      const { database, pepper } = fixture.polymint;
      const [bad, good] = [await flow.makeRequest(), await flow.makeRequest()];
      await makeSessions(database).end(makeSecretDigest(pepper)(part.read(bad)));
      return { bad, good };
    },
  };
  // Of two with one name the first counts (RFC 6265 §5.4).
  const faultWordings = { empty: login, "left out": login, "given twice": null, "given twice, once made up": login };
  return { flow, part, unknownWording: login, tolerated: true, faultWordings, specialCases };
}

/** The CSRF token ties a form to the browser it was made for. @param renewed what leads on to a form that can be sent */
function csrfRow(flow: RequestFlow, fixture: ServerFixture, renewed: string): MatrixRow {
  const anothers = async () =>
    (await fetchForm(fixture, { method: "GET", path: "/login", query: [], headers: [makeSourceAddress()] })).fields.csrf ?? "";
  return {
    flow,
    part: inForm("csrf"),
    unknownWording: renewed,
    faultWordings: { empty: renewed, "left out": renewed },
    specialCases: { "another browser's": replaceWith(flow, inForm("csrf"), anothers) },
  };
}

function consentRows(fixture: ServerFixture, app: () => Promise<SecretClient>): MatrixRow[] {
  const makeRequest = async (): Promise<RawRequest> => {
    const { headers } = await logIn(fixture);
    const { fields } = await fetchForm(fixture, { method: "GET", path: "/authorize", query: authorizeParameters(await app()), headers });
    return makeFormRequest("/consent", headers, { ...fields, decision: "approve" });
  };
  const mustBeServed: RequestFlow["mustBeServed"] = (answer) => expect(pagesWording.summarize(answer)).toBe(`303 ${clientOrigin}: a code`);
  const flow: RequestFlow = { name: "/consent", wording: pagesWording, makeRequest, mustBeServed, repeatsInput: true };
  const missing = { empty: `400 ${wrongLink}`, "left out": `400 ${wrongLink}` };
  return [
    csrfRow(flow, fixture, "303 ./authorize"),
    {
      flow,
      part: inForm("request"),
      unknownWording: null,
      faultWordings: { ...missing, "8 KB long": tooLongRequest, "60 KB long": tooLongRequest },
    },
    { flow, part: inForm("decision"), unknownWording: `400 ${wrongLink}`, faultWordings: missing },
  ];
}

function loginRows(fixture: ServerFixture): MatrixRow[] {
  const makeRequest = async (): Promise<RawRequest> => {
    const { fields, headers } = await fetchForm(fixture, {
      method: "GET",
      path: "/login",
      query: [["continue", "/device"]],
      headers: [makeSourceAddress()],
    });
    const { email, password } = fixture.polymint.person;
    return makeFormRequest("/login", headers, { ...fields, email, password });
  };
  const mustBeServed: RequestFlow["mustBeServed"] = (answer) => expect(pagesWording.summarize(answer)).toBe("303 ./device");
  const flow: RequestFlow = { name: "/login", wording: pagesWording, makeRequest, mustBeServed, repeatsInput: true };
  const unknownWording = "400 Log in: The email address or the password is wrong.";
  const missing = (what: string) => ({ empty: `400 Log in: Enter your ${what}.`, "left out": `400 Log in: Enter your ${what}.` });
  return [
    csrfRow(flow, fixture, outdated),
    {
      flow,
      part: inForm("email"),
      unknownWording,
      faultWordings: missing("email address"),
      specialCases: { "a weavr user's": replaceWith(flow, inForm("email"), () => fixture.polymint.user.email) },
    },
    { flow, part: inForm("password"), unknownWording, faultWordings: missing("password") },
    { flow, part: inForm("continue"), unknownWording: null, faultWordings: { empty: null, "left out": null } },
  ];
}

function deviceRows(fixture: ServerFixture): MatrixRow[] {
  const device = once(() => registerDevice(fixture.polymint, { scopes: ["alpha"] }));
  const codes = async (): Promise<DeviceCodes> => requestDeviceCodes(fixture.polymint, { client_id: await device() });
  const makeRequestFor = async (userCode: string, decision: Record<string, string>): Promise<RawRequest> => {
    const { headers } = await logIn(fixture);
    const { fields } = await fetchForm(fixture, { method: "GET", path: "/device", query: [], headers });
    return makeFormRequest("/device", headers, { ...fields, user_code: userCode, ...decision });
  };
  const typed: RequestFlow = {
    name: "/device, typed",
    wording: pagesWording,
    makeRequest: async () => makeRequestFor((await codes()).user_code, {}),
    mustBeServed: (answer) => expect(pagesWording.summarize(answer)).toBe("200 Allow this device?"),
    repeatsInput: true,
  };
  const decided: RequestFlow = {
    ...typed,
    name: "/device, decided",
    makeRequest: async () => makeRequestFor((await codes()).user_code, { decision: "approve" }),
    mustBeServed: (answer) => expect(pagesWording.summarize(answer)).toBe("200 Your device is connected"),
  };
  return [
    csrfRow(typed, fixture, "303 ./device"),
    ...[typed, decided].map((flow) => userCodeRow(fixture, flow, codes)),
    csrfRow(decided, fixture, "303 ./device"),
    {
      flow: decided,
      part: inForm("decision"),
      unknownWording: `400 ${wrongLink}: Choose to allow or to deny.`,
      faultWordings: { empty: null, "left out": null },
    },
  ];
}

function userCodeRow(fixture: ServerFixture, flow: RequestFlow, codes: () => Promise<DeviceCodes>): MatrixRow {
  const part = inForm("user_code");
  const unknownWording = "400 Connect a device: This code is wrong, or it is no longer good.";
  const specialCases: MatrixRow["specialCases"] = {
    "decided on": async () => {
      const [good, theirs] = [await flow.makeRequest(), await codes()];
      await decideDeviceRequest(fixture.polymint, theirs, true);
      return { bad: part.replace(good, theirs.user_code), good };
    },
    expired: async () => {
      const { user_code } = await codes();
      fixture.polymint.clock.advance(600);
      const good = await flow.makeRequest();
      return { bad: part.replace(good, user_code), good };
    },
    "a device code": replaceWith(flow, part, async () => (await codes()).device_code),
  };
  return { flow, part, unknownWording, faultWordings: { empty: unknownWording, "left out": unknownWording }, specialCases };
}
