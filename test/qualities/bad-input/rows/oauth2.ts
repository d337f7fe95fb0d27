import type { Registration } from "../../../../src/registration/register";
import { type ScreeningEagleApp, registerApp } from "../../../harness/screening-eagle-app";
import { jwtBearer } from "../../../harness/assertion-client";
import { assertionOf } from "../assertion";
import { type Draft, send } from "../request-builder";
import { inForm } from "../request-parts";
import type { Flow, Row } from "../matrix";
import { oauth } from "../expected-wording";
import { newClient, once, post, type SecretClient, type World } from "../fixture";
import { basicRows } from "./basic";
import { assertionRow, makeAsserter } from "./raidiam";

const voice = oauth("oauth2");
const badClient = "401 invalid_client: Client authentication failed.";
const twoHeaders = "400 invalid_request: There is more than one Authorization header.";
const tooLong = (name: string, most: number) => `400 invalid_request: ${name} must NOT have more than ${most} characters.`;
const services = ["introspection", "revocation"] as const;

type Service = "introspect" | "revoke";
const pathOf = (service: Service) => `/oauth2/${service}`;
/** Where it is the client that is of interest. */
const noToken = "of no interest";
/** What is said of a token that nobody knows: it is no fault (RFC 7662 §2.2, RFC 7009 §2.2). */
const unknownToken = { introspect: "200 active: false", revoke: "200" };

/** Tokens and every kind of client credential at introspection and revocation. */
export function oauth2Rows(world: World): Row[] {
  const app = once(() => registerApp(world.polymint));
  return (["introspect", "revoke"] as const).flatMap((service) => [
    ...tokenRows(world, service, app, "access_token"),
    ...tokenRows(world, service, app, "refresh_token"),
    ...basicClientRows(world, service),
    ...postedSecretRows(world, service),
    ...assertingRows(world, service),
  ]);
}

async function isActive(world: World, { authorization }: Pick<ScreeningEagleApp, "authorization">, token: string): Promise<boolean> {
  const { text } = await send(world.polymint.url, post("/oauth2/introspect", [["Authorization", authorization]], { token }));
  return (JSON.parse(text) as { active: boolean }).active;
}

function tokenRows(world: World, service: Service, app: () => Promise<ScreeningEagleApp>, kind: "access_token" | "refresh_token"): Row[] {
  const place = inForm("token");
  const draft = async (): Promise<Draft> => {
    const owner = await app();
    return post(pathOf(service), [["Authorization", owner.authorization]], { token: (await owner.tokens())[kind] });
  };
  const mustStand = async (mended: Draft): Promise<void> => expect(await isActive(world, await app(), place.get(mended))).toBe(true);
  const flow: Flow = { name: `/oauth2/${service} of ${kind}`, voice, draft, mustStand };
  const says = { "60 KB long": tooLong("token", 16_384) };
  const specials: Row["specials"] = {
    "of another kind": async () => {
      const mended = await flow.draft();
      const { id_token } = await (await app()).tokens();
      return { bad: place.put(mended, id_token), mended };
    },
    expired: async () => {
      const bad = await flow.draft();
      world.polymint.clock.advance(kind === "access_token" ? 604_800 : 30 * 86_400);
      return { bad, mended: await flow.draft() };
    },
  };
  return [
    { flow, place, unknown: unknownToken[service], tolerated: true, says, specials },
    ...(service === "revoke" ? [foreignRow(world, flow)] : []),
  ];
}

/** Another client's token, which that client has still afterwards. */
function foreignRow(world: World, flow: Flow): Row {
  const owner = once(() => registerApp(world.polymint));
  const place = { ...inForm("token"), kind: "other" as const, name: "token of another client" };
  const foreign = (kind: "access_token" | "refresh_token") => async () => {
    const [mended, theirs] = [await flow.draft(), await owner()];
    const token = (await theirs.tokens())[kind];
    const own: Draft = { ...mended, headers: [["Authorization", theirs.authorization]] };
    return { bad: place.put(mended, token), mended: place.put(own, token) };
  };
  const specials = { "an access token": foreign("access_token"), "a refresh token": foreign("refresh_token") };
  return {
    flow: { ...flow, mustStand: async () => {} },
    place,
    unknown: "403 unauthorized_client: This client may not do that.",
    specials,
  };
}

function basicClientRows(world: World, service: Service): Row[] {
  const client = once(() => clientOf(world, { contracts: ["screening-eagle"], scopes: ["inspect"], services }));
  const draft = async () => post(pathOf(service), [(await client()).proof], { token: noToken });
  return basicRows({ name: `/oauth2/${service} with Basic`, voice, draft }, badClient, twoHeaders);
}

function postedSecretRows(world: World, service: Service): Row[] {
  const client = once(() => clientOf(world, { contracts: ["abbeycross"], scopes: ["accounts"], services }));
  const draft = async () => {
    const { id, secret } = await client();
    return post(pathOf(service), [], { token: noToken, client_id: id, client_secret: secret });
  };
  const flow: Flow = { name: `/oauth2/${service} with a secret in the form`, voice, draft };
  const [id, secret] = [inForm("client_id"), inForm("client_secret")];
  const lengths = (name: string) => ({ "8 KB long": tooLong(name, 255), "60 KB long": tooLong(name, 255) });
  const missing = { empty: badClient, "left out": badClient };
  return [
    { flow, place: id, unknown: badClient, says: { ...lengths("client_id"), ...missing } },
    { flow, place: secret, unknown: badClient, says: { ...lengths("client_secret"), ...missing } },
  ];
}

function assertingRows(world: World, service: Service): Row[] {
  const client = once(() => makeAsserter(world, { services }));
  const draft = async () => {
    const proof = { client_assertion_type: jwtBearer, client_assertion: assertionOf((await client())()) };
    return post(pathOf(service), [], { token: noToken, token_type_hint: "access_token", ...proof });
  };
  const flow: Flow = { name: `/oauth2/${service} with an assertion`, voice, draft };
  return [
    assertionRow(world, flow, inForm("client_assertion"), client, badClient),
    { flow, place: inForm("client_assertion_type"), unknown: /^400 invalid_request: client_assertion_type must/ },
    { flow, place: inForm("token"), unknown: null },
    { flow, place: inForm("token_type_hint"), unknown: null, says: { empty: null, "left out": null } },
  ];
}

function clientOf({ polymint }: World, registration: Registration): Promise<SecretClient> {
  return newClient(polymint.register, registration);
}
