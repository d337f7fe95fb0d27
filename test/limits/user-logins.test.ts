import request, { type Response, type Test } from "supertest";
import { settings } from "../../src/config";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { makeOwnUser } from "../harness/own-user";
import { statusesOf, times, trustedProxies } from "./token-requests";

const path = "/login_with_password";
const userLoginsFrom = { count: 10, windowSeconds: 900 };
const userLoginsOf = { count: 30, windowSeconds: 900 };

let polymint: TestPolymint;
let second: { url: string };
beforeAll(async () => {
  polymint = await startPolymint({ limits: { userLoginsFrom, userLoginsOf }, trustedProxies });
  second = await polymint.startAnother();
});
afterAll(() => polymint.stop());
beforeEach(() => polymint.clock.advance(900));

interface Guess {
  email: string;
  password?: string;
  source?: string;
  url?: string;
  apiKey?: string;
}

function logIn({ email, password = "Summer2026!", source = "192.0.2.1", url = polymint.url, apiKey }: Guess, at = polymint): Test {
  const key = apiKey ?? at.clients.weavr.secret;
  return request(url)
    .post(path)
    .set("api-key", key)
    .set("X-Forwarded-For", source)
    .send({ email, password: { value: password } });
}

let names = 0;
const inventEmail = () => `sprayed-${(names += 1)}@example.com`;

/** Tries one password under so many names, at two servers in turn. @param sourceOf the address of each try */
async function spray(count: number, sourceOf: (index: number) => string): Promise<Response[]> {
  const answers: Response[] = [];
  for (let index = 0; index < count; index += 1) {
    const url = index % 2 === 0 ? polymint.url : second.url;
    answers.push(await logIn({ email: inventEmail(), source: sourceOf(index), url }));
  }
  return answers;
}

const statuses = (answers: Response[]) => answers.map(({ status }) => status);

describe("one password under many names", () => {
  it("is slowed for its source, at all servers together, to five tries in ten seconds", async () => {
    const answers = await spray(40, () => "192.0.2.1");
    expect(statuses(answers)).toEqual([...times(15, 401), ...times(25, 429)]);
    const last = answers[39] as Response;
    mustConform(last, "weavr-login", path);
    expect(last.headers).toMatchObject({ "retry-after": "10", "x-ratelimit-limit": "10, 10;w=900", "x-ratelimit-reset": "10" });
    polymint.clock.advance(10);
    expect(statuses(await spray(8, () => "192.0.2.1"))).toEqual([...times(5, 401), ...times(3, 429)]);
    expect(statuses(await spray(2, () => "192.0.2.2"))).toEqual([401, 401]);
  });

  it("is slowed for its programme if it comes from everywhere, and for no other programme", async () => {
    expect(statuses(await spray(50, (index) => `198.51.100.${index}`))).toEqual([...times(40, 401), ...times(10, 429)]);
    const other = await polymint.register({ contracts: ["weavr"] });
    expect((await logIn({ email: inventEmail(), apiKey: other.secret?.value ?? "" })).status).toBe(401);
    polymint.clock.advance(10);
    expect(statuses(await spray(12, (index) => `203.0.113.${index}`))).toEqual([...times(10, 401), ...times(2, 429)]);
  });

  it("is no quicker in parallel", async () => {
    const guesses = Array.from({ length: 40 }, () => logIn({ email: inventEmail(), source: "192.0.2.3" }));
    expect((await statusesOf(guesses)).sort()).toEqual([...times(15, 401), ...times(25, 429)]);
  });

  it("(control) is judged every time where no limit is set", async () => {
    const unlimited = await startPolymint({ trustedProxies });
    const guesses = Array.from({ length: 40 }, () => logIn({ email: inventEmail(), url: unlimited.url }, unlimited));
    expect(await statusesOf(guesses)).toEqual(times(40, 401));
    await unlimited.stop();
  });
});

describe("a user with the right password", () => {
  it("is let through in a turn, and gives the place back, so that logins that succeed slow no others", async () => {
    const user = await makeOwnUser(polymint);
    const right = () => logIn({ email: user.email, password: user.password });
    await spray(15, () => "192.0.2.1");
    expect((await right()).status).toBe(429);
    polymint.clock.advance(10);
    for (let tries = 0; tries < 12; tries += 1) expect((await right()).status).toBe(200);
    expect(statuses(await spray(6, () => "192.0.2.1"))).toEqual([...times(5, 401), 429]);
  });

  it("counts nothing while the user is locked, because the password is not judged", async () => {
    const user = await makeOwnUser(polymint);
    for (let tries = 0; tries < 5; tries += 1) await logIn({ email: user.email, password: "wrong" });
    expect(await statusesOf(Array.from({ length: 20 }, () => logIn({ email: user.email, password: user.password })))).toEqual(
      times(20, 423),
    );
    expect(statuses(await spray(10, () => "192.0.2.1"))).toEqual(times(10, 401));
  });

  it("is protected by default", () => {
    const fallbacks = Object.fromEntries(settings.map(({ name, fallback }) => [name, fallback]));
    expect([fallbacks.LOGIN_LIMIT_SOURCE, fallbacks.LOGIN_LIMIT_PROGRAMME]).toEqual(["50/900", "200/900"]);
  });
});
