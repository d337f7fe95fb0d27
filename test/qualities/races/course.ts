import { Agent } from "node:http";
import request, { type Response, type Test } from "supertest";
import { makeDeviceCodes } from "../../../src/store/people/device-codes";
import { startPolymint, type TestOptions, type TestPolymint } from "../../../src/testkit";
import { authorize, type AuthorizedCode } from "../../harness/authorize";
import { makeBrowser } from "../../harness/browser";
import { jwtBearer } from "../../harness/assertion-client";
import { basic } from "../../harness/bearer-tokens";
import { startSession } from "../../harness/own-person";
import { race, runners, type Tally } from "./race";

/** How many credentials of each kind are raced for, with the real ledger. */
export const itemCount = 200;
export const callback = "https://app.example.net/callback";
const tokenPath = "/api/id/v1/auth/token";
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

/** Two servers on one database, and the clients that race at them. */
export interface Course {
  polymint: TestPolymint;
  /** How many credentials of each kind are raced for. */
  count: number;
  servers: string[];
  app: { id: string; authorization: string };
  deviceId: string;
}

export async function prepareCourse(options: TestOptions, count = itemCount): Promise<Course> {
  const polymint = await startPolymint(options);
  const servers = [polymint.url, (await polymint.startAnother()).url];
  const scopes = ["openid", "email", "offline"];
  const app = await polymint.register({ contracts: ["screening-eagle"], redirectUris: [callback], scopes });
  const device = await polymint.register({ contracts: ["raidiam"], authMethods: ["none"], grants: ["device_code"], scopes: ["read"] });
  await polymint.setDelegation(true);
  const authorization = basic(app.client.id, app.secret?.value ?? "");
  return { polymint, count, servers, app: { id: app.client.id, authorization }, deviceId: device.client.id };
}

/** Keeps connections open, because the race must not be decided by who connects first. Idle ones do not keep a process alive. */
const connections = new Agent({ keepAlive: true });

const startPost = (server: string, path: string): Test => request(server).post(path).agent(connections);
export const postForm = (server: string, path: string): Test => startPost(server, path).type("form");

/** Items made at once, so that the servers need not wait for the database each time. */
const makersAtOnce = 4;

/** Makes the items, some at once: they do not race for each other. */
function makeSeveral<Item>({ count }: Course, make: () => Promise<Item>): Promise<Item[]> {
  return mapSome(Array.from({ length: count }), make);
}

async function mapSome<From, To>(from: readonly From[], map: (item: From) => Promise<To>): Promise<To[]> {
  const made: To[] = [];
  const waiting = from.entries();
  const mapNext = async (): Promise<void> => {
    for (const [at, item] of waiting) made[at] = await map(item);
  };
  await Promise.all(Array.from({ length: makersAtOnce }, mapNext));
  return made;
}

async function makeCodes(course: Course, scope: string): Promise<AuthorizedCode[]> {
  const { polymint, app } = course;
  const browser = makeBrowser(polymint.url);
  const parameters = { clientId: app.id, redirectUri: callback, scope };
  // Afterwards the browser has a session and the consent.
  await authorize(polymint, parameters, { browser });
  return makeSeveral(course, () => authorize(polymint, parameters, { browser }));
}

export function redeemCode(course: Course, server: string, { code, codeVerifier }: AuthorizedCode): PromiseLike<Response> {
  const form = { grant_type: "authorization_code", code, redirect_uri: callback, code_verifier: codeVerifier };
  return postForm(server, tokenPath).set("Authorization", course.app.authorization).send(form);
}

export function redeemRefreshToken(course: Course, server: string, refreshToken: string): PromiseLike<Response> {
  const form = { grant_type: "refresh_token", refresh_token: refreshToken };
  return postForm(server, tokenPath).set("Authorization", course.app.authorization).send(form);
}

export async function makeRefreshTokens(course: Course): Promise<string[]> {
  return mapSome(await makeCodes(course, "openid offline"), async (code) => {
    const answer = await redeemCode(course, course.servers[0] ?? "", code);
    return (answer.body as { refresh_token: string }).refresh_token;
  });
}

async function approveDevices(course: Course): Promise<string[]> {
  const { polymint, deviceId } = course;
  const devices = makeDeviceCodes(polymint.database);
  const personId = polymint.person.id;
  const session = await startSession(polymint, personId);
  const decision = { approved: true, personId, session, authTime: polymint.clock() / 1000, scope: ["read"] };
  return makeSeveral(course, async () => {
    const answer = await postForm(polymint.url, "/device_authorization").send({ client_id: deviceId });
    const { device_code, user_code } = answer.body as { device_code: string; user_code: string };
    await devices.decide(user_code.replace("-", ""), decision, polymint.clock());
    return device_code;
  });
}

/** The kinds of one-time credentials, each with its race: how to make some, and how to use one. */
export const races: Readonly<Record<string, (course: Course) => Promise<Tally>>> = {
  "authorization codes": async (course) =>
    race(course.servers, await makeCodes(course, "openid"), (server, code) => redeemCode(course, server, code)),
  "refresh tokens": async (course) =>
    race(course.servers, await makeRefreshTokens(course), (server, token) => redeemRefreshToken(course, server, token)),
  "device codes": async (course) =>
    race(course.servers, await approveDevices(course), (server, code) =>
      postForm(server, "/token").send({ grant_type: deviceGrant, client_id: course.deviceId, device_code: code }),
    ),
  "one-time tokens": async (course) => {
    const { polymint } = course;
    return race(course.servers, await makeSeveral(course, () => polymint.createOneTimeToken()), (server, token) =>
      startPost(server, "/access_token")
        .set("api-key", polymint.clients.weavr.secret)
        .send({ identity: polymint.user.identities[0], token }),
    );
  },
  "client assertions": async (course) => {
    const { polymint } = course;
    const assertion = () => polymint.clients.raidiam.assertion(polymint.issuer);
    return race(course.servers, await makeSeveral(course, async () => assertion()), (server, proof) =>
      postForm(server, "/token").send({ client_assertion_type: jwtBearer, client_assertion: proof }),
    );
  },
  "assertions of delegated clients": async (course) => {
    const { polymint } = course;
    const identity = polymint.user.identities[0] ?? { id: "" };
    const delegate = await polymint.createDelegatedClient();
    return race(course.servers, await makeSeveral(course, async () => delegate.assertion(identity.id)), (server, clientAssertion) =>
      startPost(server, "/access_token").set("api-key", polymint.clients.weavr.secret).send({ identity, clientAssertion }),
    );
  },
};

/** Whether a race ended as it must: one runner got each item, every other was refused, and no request failed. */
export function isFair({ items, once, statuses }: Tally, expectedItems: number): boolean {
  const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const failed = Object.keys(statuses).some((status) => Number(status) >= 500 || Number(status) === 429);
  return items === expectedItems && once === items && answered === items * runners && !failed;
}
