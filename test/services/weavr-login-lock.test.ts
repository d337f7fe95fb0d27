import request, { type Response, type Test } from "supertest";
import { makeLoginLocks } from "../../src/store/programmes/login-locks";
import { makeSecretDigest } from "../../src/secrets/secret";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { makeOwnUser, type OwnUser } from "../harness/own-user";

const path = "/login_with_password";
const halfAnHour = 30 * 60;
const challengePath = "/stepup/challenges/otp";
const verifyPath = "/stepup/challenges/otp/verify";

let polymint: TestPolymint;
let second: { url: string };
beforeAll(async () => {
  polymint = await startPolymint();
  second = await polymint.startAnother();
});
afterAll(() => polymint.stop());

const apiKey = () => polymint.clients.weavr.secret;

function logIn({ email }: { email: string }, value: string, { url } = polymint as { url: string }): Test {
  return request(url).post(path).set("api-key", apiKey()).send({ email, password: { value } });
}

async function expectResponse(status: number, test: Test | Promise<Response>, spec = "weavr-login", at = path): Promise<Response> {
  const response = await test;
  expect({ status: response.status, text: response.status === 200 ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, spec, at);
  expect(response.headers["request-ref"]).toBeDefined();
  return response;
}

async function failLogins(user: { email: string }, times: number): Promise<void> {
  for (let tries = 0; tries < times; tries += 1) await expectResponse(401, logIn(user, `wrong ${tries}`));
}

async function logInForToken(user: OwnUser): Promise<string> {
  return ((await expectResponse(200, logIn(user, user.password))).body as { token: string }).token;
}

function exchange(bearer: string, { identity }: OwnUser): Test {
  return request(polymint.url).post("/access_token").set("api-key", apiKey()).set("Authorization", `Bearer ${bearer}`).send({ identity });
}

describe("five failed logins in a row", () => {
  it("lock the user for half an hour at every server, also for the right password, and then the lock ends by itself", async () => {
    const user = await makeOwnUser(polymint);
    await failLogins(user, 5);
    for (const server of [polymint, second]) {
      await expectResponse(423, logIn(user, user.password, server));
      await expectResponse(423, logIn(user, "wrong", server));
    }
    polymint.clock.advance(halfAnHour - 1);
    await expectResponse(423, logIn(user, user.password));
    polymint.clock.advance(1);
    await expectResponse(401, logIn(user, "wrong"));
    await expectResponse(200, logIn(user, user.password, second));
  });

  it("do not lock for longer because of attempts during the lock, and a lock that is over starts from zero", async () => {
    const user = await makeOwnUser(polymint);
    await failLogins(user, 5);
    polymint.clock.advance(halfAnHour - 60);
    for (let tries = 0; tries < 7; tries += 1) await expectResponse(423, logIn(user, "wrong"));
    polymint.clock.advance(60);
    await failLogins(user, 4);
    await expectResponse(200, logIn(user, user.password));
  });

  it("are forgotten after a success, and after a day", async () => {
    const user = await makeOwnUser(polymint);
    await failLogins(user, 4);
    await expectResponse(200, logIn(user, user.password));
    await failLogins(user, 4);
    polymint.clock.advance(86_400);
    await failLogins(user, 4);
    await expectResponse(200, logIn(user, user.password));
  });

  it("are counted for the address in any case, and for each programme separately", async () => {
    const user = await makeOwnUser(polymint);
    await failLogins({ email: user.email.toUpperCase() }, 3);
    await failLogins(user, 2);
    await expectResponse(423, logIn(user, user.password));
    const other = await polymint.register({ contracts: ["weavr"] });
    const body = { email: user.email, password: { value: "wrong" } };
    await expectResponse(
      401,
      request(polymint.url)
        .post(path)
        .set("api-key", other.secret?.value ?? "")
        .send(body),
    );
  });

  it("lock an unknown address in the same way", async () => {
    const user = await makeOwnUser(polymint);
    const nobody = { email: "nobody-at-all@example.com" };
    const readAnswers = async (whom: { email: string }): Promise<unknown[]> => {
      const answers: Response[] = [];
      for (let tries = 0; tries < 7; tries += 1) answers.push(await logIn(whom, "wrong", tries % 2 === 0 ? polymint : second));
      polymint.clock.advance(halfAnHour);
      answers.push(await logIn(whom, "wrong"));
      return answers.map(({ status, headers, text }) => ({ status, text, names: Object.keys(headers).sort() }));
    };
    const [of, ofNobody] = [await readAnswers(user), await readAnswers(nobody)];
    expect(ofNobody).toEqual(of);
    expect(of.map((answer) => (answer as Response).status)).toEqual([401, 401, 401, 401, 401, 423, 423, 401]);
  });

  it("lock a disabled user, who gets 403 with the right password before that", async () => {
    const user = await makeOwnUser(polymint);
    await user.disable();
    await expectResponse(403, logIn(user, user.password));
    await failLogins(user, 5);
    await expectResponse(423, logIn(user, user.password));
  });

  it("limit guesses made at once: after five wrong ones every answer is 423", async () => {
    const user = await makeOwnUser(polymint);
    const guesses = Array.from({ length: 24 }, (_, index) => logIn(user, `guess ${index}`, index % 2 === 0 ? polymint : second));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(5).fill(401), ...Array<number>(19).fill(423)]);
    await expectResponse(423, logIn(user, user.password));
  });

  it("are not counted for logins that succeed, however many at once", async () => {
    const user = await makeOwnUser(polymint);
    await failLogins(user, 4);
    const answers = await Promise.all(Array.from({ length: 12 }, () => logIn(user, user.password)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });
});

describe("a locked user", () => {
  it("gets 423 for earlier auth and access tokens, and the same tokens work again after the unlock", async () => {
    const user = await makeOwnUser(polymint);
    const authToken = await logInForToken(user);
    const accessToken = ((await expectResponse(200, exchange(authToken, user), "weavr", "/access_token")).body as { token: string }).token;
    await failLogins(user, 5);
    for (const bearer of [authToken, accessToken]) await expectResponse(423, exchange(bearer, user), "weavr", "/access_token");
    await user.unlock();
    for (const bearer of [authToken, accessToken]) await expectResponse(200, exchange(bearer, user), "weavr", "/access_token");
  });

  it("gets 423 for a one-time token, which is not spent", async () => {
    const user = await makeOwnUser(polymint);
    const token = await polymint.createOneTimeToken({ userId: user.id, identityId: user.identity.id, lifetimeSeconds: 3600 });
    const redeem = () => request(polymint.url).post("/access_token").set("api-key", apiKey()).send({ identity: user.identity, token });
    await failLogins(user, 5);
    await expectResponse(423, redeem(), "weavr", "/access_token");
    polymint.clock.advance(halfAnHour);
    await expectResponse(200, redeem(), "weavr", "/access_token");
  });

  it("cannot step up", async () => {
    const user = await makeOwnUser(polymint);
    const authToken = await logInForToken(user);
    const post = (at: string) => request(polymint.url).post(at).set("api-key", apiKey()).set("Authorization", `Bearer ${authToken}`);
    await failLogins(user, 5);
    const sent = polymint.otps.length;
    await expectResponse(423, post(challengePath).send({}), "weavr-step-up", challengePath);
    const answer = { challengeId: "5d1c1f6e-6d0f-4c39-9a51-0b7a4d1f3c55", verificationCode: "123456" };
    await expectResponse(423, post(verifyPath).send(answer), "weavr-step-up", verifyPath);
    expect(polymint.otps).toHaveLength(sent);
  });

  it("is not named in the database, and what was typed is neither stored nor logged", async () => {
    const user = await makeOwnUser(polymint);
    await failLogins({ email: "pa55word-typed-here@example.com" }, 5);
    await failLogins(user, 5);
    await expectResponse(423, logIn(user, user.password));
    const rows: unknown[] = await polymint.database.build((knex) => knex("login_locks").select());
    expect(JSON.stringify(rows)).not.toContain(user.email);
    for (const typed of ["pa55word", user.password]) expect(JSON.stringify([rows, polymint.logs])).not.toContain(typed);
  });
});

/** Makes a broken counter, which reads before it writes. */
function makeCarelessLocks(): { failed(key: string): Promise<"counted" | "locked"> } {
  const failures = new Map<string, number>();
  return {
    async failed(key) {
      const before = failures.get(key) ?? 0;
      await new Promise((resolve) => setImmediate(resolve));
      if (before >= 5) return "locked";
      failures.set(key, before + 1);
      return "counted";
    },
  };
}

describe("counting failures at once", () => {
  const name = { programmeId: "acme", email: "a@b.example" };
  const countOutcomes = async (failed: () => Promise<"counted" | "locked">) =>
    (await Promise.all(Array.from({ length: 40 }, failed))).filter((outcome) => outcome === "counted").length;

  it("counts five of forty", async () => {
    const locks = makeLoginLocks({ database: polymint.database, digest: makeSecretDigest(polymint.pepper) });
    expect(await countOutcomes(() => locks.recordFailure(name, undefined, polymint.clock()))).toBe(5);
  });

  it("(control) counts more than five in a counter that reads before it writes", async () => {
    const locks = makeCarelessLocks();
    expect(await countOutcomes(() => locks.failed("acme"))).toBeGreaterThan(5);
  });
});
