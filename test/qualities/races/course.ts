import { Agent } from "node:http";
import request, { type Response, type Test } from "supertest";
import { makeDeviceCodes } from "../../../src/store/people/device-codes";
import { startPolymint, type TestOptions, type TestPolymint } from "../../../src/testkit";
import { authorize, type Authorized } from "../../harness/authorize";
import { makeBrowser } from "../../harness/browser";
import { jwtBearer } from "../../harness/assertion-client";
import { basic } from "../../harness/bearer-tokens";
import { race, runners, type Tally } from "./race";

/** Of each kind, for the real ledger. */
export const itemCount = 200;
export const callback = "https://app.example.net/callback";
const tokenPath = "/api/id/v1/auth/token";
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

/** Two servers on one database, and the clients that race at them. */
export interface Course {
  polymint: TestPolymint;
  /** How many of each kind. */
  count: number;
  servers: string[];
  app: { id: string; authorization: string };
  deviceId: string;
}

export async function prepare(options: TestOptions, count = itemCount): Promise<Course> {
  const polymint = await startPolymint(options);
  const servers = [polymint.url, (await polymint.another()).url];
  const scopes = ["openid", "email", "offline"];
  const app = await polymint.register({ contracts: ["screening-eagle"], redirectUris: [callback], scopes });
  const device = await polymint.register({ contracts: ["raidiam"], authMethods: ["none"], grants: ["device_code"], scopes: ["read"] });
  await polymint.setDelegation(true);
  const authorization = basic(app.client.id, app.secret?.value ?? "");
  return { polymint, count, servers, app: { id: app.client.id, authorization }, deviceId: device.client.id };
}

/** Connections are kept, one for each that runs: what is raced for is not who connects first. None keeps a process from ending. */
const connections = new Agent({ keepAlive: true });

const ask = (server: string, path: string): Test => request(server).post(path).agent(connections);
export const post = (server: string, path: string): Test => ask(server, path).type("form");

/** Makes the items one after the other, as people do. */
async function several<Item>({ count }: Course, make: () => Promise<Item>): Promise<Item[]> {
  const items: Item[] = [];
  while (items.length < count) items.push(await make());
  return items;
}

async function codes(course: Course, scope: string): Promise<Authorized[]> {
  const { polymint, app } = course;
  const browser = makeBrowser(polymint.url);
  return several(course, () => authorize(polymint, { clientId: app.id, redirectUri: callback, scope }, { browser }));
}

export function redeem(course: Course, server: string, { code, codeVerifier }: Authorized): PromiseLike<Response> {
  const form = { grant_type: "authorization_code", code, redirect_uri: callback, code_verifier: codeVerifier };
  return post(server, tokenPath).set("Authorization", course.app.authorization).send(form);
}

export function refresh(course: Course, server: string, refreshToken: string): PromiseLike<Response> {
  const form = { grant_type: "refresh_token", refresh_token: refreshToken };
  return post(server, tokenPath).set("Authorization", course.app.authorization).send(form);
}

export async function refreshTokens(course: Course): Promise<string[]> {
  const found: string[] = [];
  for (const code of await codes(course, "openid offline")) {
    const answer = await redeem(course, course.servers[0] ?? "", code);
    found.push((answer.body as { refresh_token: string }).refresh_token);
  }
  return found;
}

async function approvedDevices(course: Course): Promise<string[]> {
  const { polymint, deviceId } = course;
  const devices = makeDeviceCodes(polymint.database);
  const decision = { approved: true, personId: polymint.person.id, authTime: polymint.clock() / 1000, scope: ["read"] };
  return several(course, async () => {
    const answer = await post(polymint.url, "/device_authorization").send({ client_id: deviceId });
    const { device_code, user_code } = answer.body as { device_code: string; user_code: string };
    await devices.decide(user_code.replace("-", ""), decision, polymint.clock());
    return device_code;
  });
}

/** The kinds of one-time things, each with how to come by them and how to use one. */
export const kinds: Readonly<Record<string, (course: Course) => Promise<Tally>>> = {
  "authorization codes": async (course) =>
    race(course.servers, await codes(course, "openid"), (server, code) => redeem(course, server, code)),
  "refresh tokens": async (course) => race(course.servers, await refreshTokens(course), (server, token) => refresh(course, server, token)),
  "device codes": async (course) =>
    race(course.servers, await approvedDevices(course), (server, code) =>
      post(server, "/token").send({ grant_type: deviceGrant, client_id: course.deviceId, device_code: code }),
    ),
  "one-time tokens": async (course) => {
    const { polymint } = course;
    return race(course.servers, await several(course, () => polymint.createOneTimeToken()), (server, token) =>
      ask(server, "/access_token")
        .set("api-key", polymint.clients.weavr?.secret ?? "")
        .send({ identity: polymint.user.identities[0], token }),
    );
  },
  "client assertions": async (course) => {
    const { polymint } = course;
    const assertion = () => polymint.clients.raidiam?.assertion(polymint.issuer) ?? "";
    return race(course.servers, await several(course, async () => assertion()), (server, proof) =>
      post(server, "/token").send({ client_assertion_type: jwtBearer, client_assertion: proof }),
    );
  },
  "assertions of delegated clients": async (course) => {
    const { polymint } = course;
    const identity = polymint.user.identities[0] ?? { id: "" };
    const delegate = await polymint.createDelegatedClient();
    return race(course.servers, await several(course, async () => delegate.assertion(identity.id)), (server, clientAssertion) =>
      ask(server, "/access_token")
        .set("api-key", polymint.clients.weavr?.secret ?? "")
        .send({ identity, clientAssertion }),
    );
  },
};

/** What a race must end in: every item once, and nothing but that answered or refused. */
export function isFair({ items, once, statuses }: Tally, count: number): boolean {
  const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const failed = Object.keys(statuses).some((status) => Number(status) >= 500 || Number(status) === 429);
  return items === count && once === items && answered === items * runners && !failed;
}
