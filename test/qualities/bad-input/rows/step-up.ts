import { randomUUID } from "node:crypto";
import { hashPassword } from "../../../../src/secrets/password";
import { makeUsers } from "../../../../src/store/programmes/users";
import { programmeOf } from "../../../harness/weavr-requests";
import { type Draft, send } from "../request-builder";
import { inJson } from "../request-parts";
import type { Flow, Row } from "../matrix";
import { weavr } from "../expected-wording";
import { once, postJson, type World } from "../fixture";
import { authTokenOf, bearerRow, instead, keyOf, keyRow } from "./weavr";

const unproved = "401";
const path = "/stepup/challenges/otp";
const verifyPath = `${path}/verify`;

/** weavr's login, and one-time passwords at its step-up. */
export function stepUpRows(world: World): Row[] {
  return [...loginRows(world), ...challengeRows(world), ...verifyRows(world)];
}

function loginRows(world: World): Row[] {
  const draft = async () => {
    const { email, password } = world.polymint.user;
    return postJson("/login_with_password", [keyOf(world)], { email, "password.value": password });
  };
  const flow: Flow = { name: "weavr, login", voice: weavr("weavr-login"), draft };
  const [email, password] = [inJson("email"), inJson("password.value")];
  return [
    keyRow(world, flow, unproved),
    {
      flow,
      place: email,
      unknown: unproved,
      says: {
        empty: /email HAS_TEXT/,
        "with a line break and one more": "400 email REGEX",
        "8 KB long": /^400 email SIZE/,
        "60 KB long": /^400 email SIZE/,
      },
      specials: { "a person's": instead(flow, email, () => world.polymint.person.email) },
    },
    {
      flow,
      place: password,
      unknown: unproved,
      says: {
        empty: /password\.value HAS_TEXT/,
        "left out": "400 password REQUIRED",
        "8 KB long": "400 password.value SIZE",
        "60 KB long": "400 password.value SIZE",
      },
    },
  ];
}

const passwordHash = once(() => hashPassword("never asked for"));

/** Somebody with an auth token, and without challenges so far: there is a limit to them. */
export async function newUser(world: World): Promise<Draft> {
  const { polymint } = world;
  const facts = { email: `${randomUUID()}@example.com`, programmeId: programmeOf(polymint), role: "USER", identityIds: [] } as const;
  const id = await makeUsers(polymint.database).create({ ...facts, passwordHash: await passwordHash() }, polymint.clock());
  return postJson(path, [keyOf(world), ["Authorization", `Bearer ${await authTokenOf(world, id)}`]], {});
}

function challengeRows(world: World): Row[] {
  const flow: Flow = { name: "weavr, challenge", voice: weavr("weavr-step-up"), draft: () => newUser(world) };
  return [bearerRow(world, flow), keyRow(world, flow, "403")];
}

function verifyRows(world: World): Row[] {
  const draft = async (): Promise<Draft> => {
    const asking = await newUser(world);
    const { text } = await send(world.polymint.url, asking);
    const { challengeId } = JSON.parse(text) as { challengeId: string };
    return postJson(verifyPath, asking.headers, { challengeId, verificationCode: world.polymint.otps.at(-1)?.code ?? "" });
  };
  const flow: Flow = { name: "weavr, verification", voice: weavr("weavr-step-up"), draft };
  const [id, code] = [inJson("challengeId"), inJson("verificationCode")];
  const anothers = async () => {
    const [mended, theirs] = [await draft(), await draft()];
    return { bad: { ...theirs, headers: mended.headers }, mended: theirs };
  };
  const spent = async () => {
    const bad = await draft();
    expect((await send(world.polymint.url, bad)).status).toBe(200);
    return { bad, mended: await draft() };
  };
  const expired = async () => {
    const bad = await draft();
    // In two steps: the login lasts as long as the code, but longer when it is used in between.
    world.polymint.clock.advance(200);
    expect((await send(world.polymint.url, { ...bad, path, body: { as: "json", members: [] } })).status).toBe(200);
    world.polymint.clock.advance(100);
    return { bad, mended: await draft() };
  };
  return [
    bearerRow(world, flow),
    keyRow(world, flow, "403"),
    {
      flow,
      place: id,
      unknown: "400 challengeId REGEX",
      // One digit more or less is a challenge that nobody has, or no number at all.
      says: { empty: /challengeId HAS_TEXT/, "with one character changed": null },
      specialsSay: unproved,
      specials: { "made up": instead(flow, id, () => randomUUID()), "another user's": anothers, spent, expired },
    },
    {
      flow,
      place: code,
      unknown: "400 verificationCode REGEX",
      says: { empty: /verificationCode HAS_TEXT/, "made up": unproved, "with one character changed": unproved },
    },
  ];
}
