import { openRedisCounts } from "../../src/limits/redis-counts";
import { makePeople } from "../../src/store/people/people";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { type Browser, formsOf, makeBrowser, type PageResponse } from "../harness/browser";
import { hashCheaply } from "../harness/cheap-password";
import { makeSmallRedis } from "../harness/small-redis";
import { times, trustedProxies } from "./token-requests";

const perPerson = { count: 10, windowSeconds: 86_400 };
const deviceCookie = "polymint-device";

let polymint: TestPolymint;
let second: { url: string };
beforeAll(async () => {
  polymint = await startPolymint({ limits: { perPerson }, trustedProxies });
  second = await polymint.startAnother();
});
afterAll(() => polymint.stop());

let people = 0;
/** A person whom no other test guesses at. */
async function makePerson(at = polymint): Promise<{ id: string; email: string; password: string }> {
  people += 1;
  const [email, password] = [`guessed-${people}@example.net`, `the password of person ${people}`];
  const passwordHash = await hashCheaply(password);
  const { id } = await makePeople(at.database).create({ email, passwordHash, firstName: "G", lastName: "One" }, at.clock());
  return { id, email, password };
}

/** Tries to log in from an address, with a browser that has a form. */
async function tryLogin(browser: Browser, address: string, email: string, password: string): Promise<PageResponse> {
  const { fields } = formsOf(await browser.get("/login"))[0] ?? { fields: {} };
  return browser.post("/login", { ...fields, email, password }, { "x-forwarded-for": address });
}

/** Each round of guesses comes from addresses of its own, because a network has a limit too. */
let rounds = 0;
/** Guesses five times from each of so many networks, with new browsers, at two servers in turn. */
async function guessFromEverywhere(email: string, networks: number, urls = [polymint.url, second.url]): Promise<PageResponse[]> {
  rounds += 1;
  const answers: PageResponse[] = [];
  for (let index = 0; index < networks * 5; index += 1) {
    const browser = makeBrowser(urls[index % urls.length] ?? "");
    answers.push(await tryLogin(browser, `10.0.${rounds}.${Math.floor(index / 5)}`, email, "guess"));
  }
  return answers;
}

const statuses = (answers: PageResponse[]) => answers.map(({ status }) => status);
const stranger = () => makeBrowser(polymint.url);

async function logInBrowser(person: { email: string; password: string }, address = "203.0.113.1"): Promise<Browser> {
  const browser = stranger();
  expect((await tryLogin(browser, address, person.email, person.password)).status).toBe(303);
  return browser;
}

/** Forgets the session but not that the person has logged in. */
function keepDeviceOnly(browser: Browser): Browser {
  const other = stranger();
  other.cookies.set(deviceCookie, browser.cookies.get(deviceCookie) ?? "");
  return other;
}

describe("24 addresses with five guesses each at one person", () => {
  it("have eleven of 120 judged, at all servers together, and strangers wait longer after each", async () => {
    const { email, password } = await makePerson();
    const answers = await guessFromEverywhere(email, 24);
    expect(statuses(answers)).toEqual([...times(11, 400), ...times(109, 429)]);
    const waits: (string | null)[] = [];
    for (let turn = 0; turn < 12; turn += 1) {
      const blocked = await tryLogin(stranger(), `203.0.113.${turn}`, email, "guess");
      waits.push(blocked.headers.get("retry-after"));
      polymint.clock.advance(Number(blocked.headers.get("retry-after")));
      expect((await tryLogin(stranger(), `203.0.113.${turn}`, email, "guess")).status).toBe(400);
    }
    expect(waits).toEqual(["1", "2", "4", "8", "16", "32", "64", "128", "256", "512", "900", "900"]);
    polymint.clock.advance(900);
    expect((await tryLogin(stranger(), "203.0.113.99", email, password)).status).toBe(303);
  });

  it("get the same answers and the same waits if no person has that address", async () => {
    const { email } = await makePerson();
    const shown = (answers: PageResponse[]) => answers.map(({ status, headers }) => [status, headers.get("retry-after")]);
    const known = await guessFromEverywhere(email, 4);
    expect(shown(await guessFromEverywhere("no-such-person@example.net", 4))).toEqual(shown(known));
  });

  it("are no quicker in parallel", async () => {
    const { email } = await makePerson();
    const guesses = Array.from({ length: 40 }, (_, index) => tryLogin(stranger(), `198.51.100.${index}`, email, "guess"));
    expect(statuses(await Promise.all(guesses)).sort()).toEqual([...times(11, 400), ...times(29, 429)]);
  });

  it("do not stop other people, and count nothing for those who only succeed", async () => {
    const { email, password } = await makePerson();
    for (let index = 0; index < 15; index += 1) expect((await tryLogin(stranger(), "203.0.113.7", email, password)).status).toBe(303);
  });

  it("(control) are all judged without the limit per person", async () => {
    const unlimited = await startPolymint({ trustedProxies });
    const { email } = await makePerson(unlimited);
    expect(statuses(await guessFromEverywhere(email, 4, [unlimited.url]))).toEqual(times(20, 400));
    await unlimited.stop();
  });

  it("are slowed by counts in Redis too, and a success gives its turn back", async () => {
    const redis = await makeSmallRedis();
    const shared = await openRedisCounts(redis.url, 10_000);
    const inRedis = await startPolymint({ limits: { perPerson }, counts: shared?.counts, trustedProxies });
    const { email, password } = await makePerson(inRedis);
    const logIn = () => tryLogin(makeBrowser(inRedis.url), "203.0.113.1", email, password);
    for (let index = 0; index < 12; index += 1) expect((await logIn()).status).toBe(303);
    const judged = statuses(await guessFromEverywhere(email, 10, [inRedis.url])).filter((status) => status === 400).length;
    // The clock of Redis goes on: a few turns may have passed.
    expect(judged).toBeGreaterThanOrEqual(11);
    expect(judged).toBeLessThan(20);
    expect((await redis.keys()).some((key) => key.includes("one person"))).toBe(true);
    await inRedis.stop();
    shared?.close();
    await redis.close();
  });
});

describe("a browser that the person has logged in with before", () => {
  it("is not stopped by guesses from everywhere, nor from its own network; (control) a stranger beside it is", async () => {
    const person = await makePerson();
    const browser = keepDeviceOnly(await logInBrowser(person));
    await guessFromEverywhere(person.email, 4);
    const own = `10.0.${rounds}.0`;
    expect((await tryLogin(stranger(), own, person.email, person.password)).status).toBe(429);
    expect((await tryLogin(browser, own, person.email, person.password)).status).toBe(303);
    expect((await tryLogin(browser, own, person.email.toUpperCase(), person.password)).status).toBe(303);
  });

  it("has ten failures an hour of its own, after which it counts as a stranger", async () => {
    const person = await makePerson();
    const stolen = keepDeviceOnly(await logInBrowser(person));
    await guessFromEverywhere(person.email, 4);
    const guesses: PageResponse[] = [];
    for (let index = 0; index < 12; index += 1) guesses.push(await tryLogin(stolen, `192.0.2.${index}`, person.email, "guess"));
    expect(statuses(guesses)).toEqual([...times(10, 400), ...times(2, 429)]);
  });

  it("is known for that person only, with others who share it, and for four people at most", async () => {
    const all = [await makePerson(), await makePerson(), await makePerson(), await makePerson(), await makePerson()] as const;
    const browser = stranger();
    for (const { email, password } of all) await tryLogin(browser, "203.0.113.2", email, password);
    const [first, next] = all;
    const attempts: number[] = [];
    for (const { email, password } of [first, next]) {
      await guessFromEverywhere(email, 4);
      attempts.push((await tryLogin(keepDeviceOnly(browser), "203.0.113.2", email, password)).status);
    }
    expect(attempts).toEqual([429, 303]);
  });

  it.each<[string, (cookie: string) => string]>([
    ["forged", (cookie) => `${cookie.slice(0, -1)}${cookie.endsWith("A") ? "B" : "A"}`],
    ["with a later end", (cookie) => cookie.replace(/\.\d{10}\./, ".9999999999.")],
    ["renamed", (cookie) => `${"A".repeat(22)}${cookie.slice(22)}`],
    ["malformed", () => "~.~%"],
    ["a session", () => `pmb_${"A".repeat(51)}`],
  ])("counts for nothing if its cookie is %s", async (_what, change) => {
    const person = await makePerson();
    const browser = keepDeviceOnly(await logInBrowser(person));
    browser.cookies.set(deviceCookie, change(browser.cookies.get(deviceCookie) ?? ""));
    await guessFromEverywhere(person.email, 3);
    expect((await tryLogin(browser, "203.0.113.1", person.email, person.password)).status).toBe(429);
  });

  it("counts for nothing after 90 days, and after a new password", async () => {
    const [old, changed] = [await makePerson(), await makePerson()];
    const browsers = [keepDeviceOnly(await logInBrowser(old)), keepDeviceOnly(await logInBrowser(changed))] as const;
    await makePeople(polymint.database).setPassword(changed.id, await hashCheaply("another password"), polymint.clock());
    await guessFromEverywhere(changed.email, 3);
    expect((await tryLogin(browsers[1], "203.0.113.1", changed.email, "another password")).status).toBe(429);
    polymint.clock.advance(90 * 86_400);
    await guessFromEverywhere(old.email, 3);
    expect((await tryLogin(browsers[0], "203.0.113.1", old.email, old.password)).status).toBe(429);
  });

  it("has a cookie that scripts and other sites do not get, that ends, and that holds neither address nor id", async () => {
    const person = await makePerson();
    const browser = await logInBrowser(person);
    const own = browser.setCookies.filter((cookie) => cookie.startsWith(deviceCookie));
    expect(own).toEqual([
      expect.stringMatching(/^polymint-device=[\w-]{22}\.\d{10}\.[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    expect(own[0]).not.toContain(person.id);
    await browser.submit(await browser.get("/logout"));
    expect(browser.cookies.get(deviceCookie)).toBeDefined();
  });
});

describe("a browser at a server with an https issuer", () => {
  it("gets a cookie that only this very host can set, over TLS", async () => {
    const secure = await startPolymint({ issuer: "https://id.example" });
    const browser = makeBrowser(secure.url);
    await browser.submit(await browser.get("/login"), { email: secure.person.email, password: secure.person.password });
    expect(browser.setCookies.at(-1)).toMatch(/^__Host-polymint-device=[^;]+; Max-Age=7776000; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    await secure.stop();
  });
});
