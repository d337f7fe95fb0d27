/** Rows for introspection and revocation. */
import type { Registration } from "../../../../src/registration/registration";
import { type ScreeningEagleApp, registerApp } from "../../../harness/screening-eagle-app";
import { jwtBearer } from "../../../harness/assertion-client";
import { signAssertion } from "../assertion";
import { type RawRequest, send } from "../request-builder";
import { inForm } from "../request-parts";
import type { MatrixRow, RequestFlow } from "../matrix";
import { oauthWording } from "../expected-wording";
import { registerSecretClient, once, makeFormRequest, type SecretClient, type ServerFixture } from "../fixture";
import { basicRows } from "./basic";
import { assertionRow, makeAssertionSigner } from "./raidiam";

const wording = oauthWording("oauth2");
const badClient = "401 invalid_client: Client authentication failed.";
const twoHeaders = "400 invalid_request: There is more than one Authorization header.";
const tooLong = (name: string, most: number) => `400 invalid_request: ${name} must NOT have more than ${most} characters.`;
const services = ["introspection", "revocation"] as const;

type Service = "introspect" | "revoke";
const pathOf = (service: Service) => `/oauth2/${service}`;
/** A token for requests in which only the client credentials matter. */
const anyToken = "of no interest";
/** The response to an unknown token: it is no error (RFC 7662 §2.2, RFC 7009 §2.2). */
const unknownToken = { introspect: "200 active: false", revoke: "200" };

/** Rows for tokens and every kind of client credential at introspection and revocation. */
export function oauth2Rows(fixture: ServerFixture): MatrixRow[] {
  const app = once(() => registerApp(fixture.polymint));
  return (["introspect", "revoke"] as const).flatMap((service) => [
    ...tokenRows(fixture, service, app, "access_token"),
    ...tokenRows(fixture, service, app, "refresh_token"),
    ...basicClientRows(fixture, service),
    ...postedSecretRows(fixture, service),
    ...assertingRows(fixture, service),
  ]);
}

async function isActive(
  fixture: ServerFixture,
  { authorization }: Pick<ScreeningEagleApp, "authorization">,
  token: string,
): Promise<boolean> {
  const { text } = await send(fixture.polymint.url, makeFormRequest("/oauth2/introspect", [["Authorization", authorization]], { token }));
  return (JSON.parse(text) as { active: boolean }).active;
}

function tokenRows(
  fixture: ServerFixture,
  service: Service,
  app: () => Promise<ScreeningEagleApp>,
  kind: "access_token" | "refresh_token",
): MatrixRow[] {
  const part = inForm("token");
  const makeRequest = async (): Promise<RawRequest> => {
    const owner = await app();
    return makeFormRequest(pathOf(service), [["Authorization", owner.authorization]], { token: (await owner.tokens())[kind] });
  };
  const mustStayValid = async (good: RawRequest): Promise<void> => expect(await isActive(fixture, await app(), part.read(good))).toBe(true);
  const flow: RequestFlow = { name: `/oauth2/${service} of ${kind}`, wording, makeRequest, mustStayValid };
  const faultWordings = { "60 KB long": tooLong("token", 16_384) };
  const specialCases: MatrixRow["specialCases"] = {
    "of another kind": async () => {
      const good = await flow.makeRequest();
      const { id_token } = await (await app()).tokens();
      return { bad: part.replace(good, id_token), good };
    },
    expired: async () => {
      const bad = await flow.makeRequest();
      fixture.polymint.clock.advance(kind === "access_token" ? 604_800 : 30 * 86_400);
      return { bad, good: await flow.makeRequest() };
    },
  };
  return [
    { flow, part, unknownWording: unknownToken[service], tolerated: true, faultWordings, specialCases },
    ...(service === "revoke" ? [foreignRow(fixture, flow)] : []),
  ];
}

/** Another client's token, which must still be valid for that client afterwards. */
function foreignRow(fixture: ServerFixture, flow: RequestFlow): MatrixRow {
  const owner = once(() => registerApp(fixture.polymint));
  const part = { ...inForm("token"), kind: "other" as const, name: "token of another client" };
  const foreign = (kind: "access_token" | "refresh_token") => async () => {
    const [good, theirs] = [await flow.makeRequest(), await owner()];
    const token = (await theirs.tokens())[kind];
    const own: RawRequest = { ...good, headers: [["Authorization", theirs.authorization]] };
    return { bad: part.replace(good, token), good: part.replace(own, token) };
  };
  const specialCases = { "an access token": foreign("access_token"), "a refresh token": foreign("refresh_token") };
  return {
    flow: { ...flow, mustStayValid: async () => {} },
    part,
    unknownWording: "403 unauthorized_client: This client may not do that.",
    specialCases,
  };
}

function basicClientRows(fixture: ServerFixture, service: Service): MatrixRow[] {
  const client = once(() => clientOf(fixture, { contracts: ["screening-eagle"], scopes: ["inspect"], services }));
  const makeRequest = async () => makeFormRequest(pathOf(service), [(await client()).authorization], { token: anyToken });
  return basicRows({ name: `/oauth2/${service} with Basic`, wording, makeRequest }, badClient, twoHeaders);
}

function postedSecretRows(fixture: ServerFixture, service: Service): MatrixRow[] {
  const client = once(() => clientOf(fixture, { contracts: ["abbeycross"], scopes: ["accounts"], services }));
  const makeRequest = async () => {
    const { id, secret } = await client();
    return makeFormRequest(pathOf(service), [], { token: anyToken, client_id: id, client_secret: secret });
  };
  const flow: RequestFlow = { name: `/oauth2/${service} with a secret in the form`, wording, makeRequest };
  const [id, secret] = [inForm("client_id"), inForm("client_secret")];
  const lengths = (name: string) => ({ "8 KB long": tooLong(name, 255), "60 KB long": tooLong(name, 255) });
  const missing = { empty: badClient, "left out": badClient };
  return [
    { flow, part: id, unknownWording: badClient, faultWordings: { ...lengths("client_id"), ...missing } },
    { flow, part: secret, unknownWording: badClient, faultWordings: { ...lengths("client_secret"), ...missing } },
  ];
}

function assertingRows(fixture: ServerFixture, service: Service): MatrixRow[] {
  const client = once(() => makeAssertionSigner(fixture, { services }));
  const makeRequest = async () => {
    const proof = { client_assertion_type: jwtBearer, client_assertion: signAssertion((await client())()) };
    return makeFormRequest(pathOf(service), [], { token: anyToken, token_type_hint: "access_token", ...proof });
  };
  const flow: RequestFlow = { name: `/oauth2/${service} with an assertion`, wording, makeRequest };
  return [
    assertionRow(fixture, flow, inForm("client_assertion"), client, badClient),
    { flow, part: inForm("client_assertion_type"), unknownWording: /^400 invalid_request: client_assertion_type must/ },
    { flow, part: inForm("token"), unknownWording: null },
    { flow, part: inForm("token_type_hint"), unknownWording: null, faultWordings: { empty: null, "left out": null } },
  ];
}

function clientOf({ polymint }: ServerFixture, registration: Registration): Promise<SecretClient> {
  return registerSecretClient(polymint.register, registration);
}
