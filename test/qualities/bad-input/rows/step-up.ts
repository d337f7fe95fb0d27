/** Rows for weavr's login and step-up. */
import { randomUUID } from "node:crypto";
import { seededPassword } from "../../../../src/testkit/seed";
import { makeUsers } from "../../../../src/store/programmes/users";
import { programmeOf } from "../../../harness/weavr-requests";
import { type RawRequest, send } from "../request-builder";
import { inJson } from "../request-parts";
import type { MatrixRow, RequestFlow } from "../matrix";
import { weavrWording } from "../expected-wording";
import { makeJsonRequest, type ServerFixture } from "../fixture";
import { issueAuthToken, bearerRow, replaceWith, apiKeyField, keyRow } from "./weavr";

const unproved = "401";
const path = "/stepup/challenges/otp";
const verifyPath = `${path}/verify`;

/** Rows for weavr's login, and for one-time passwords at its step-up. */
export function stepUpRows(fixture: ServerFixture): MatrixRow[] {
  return [...loginRows(fixture), ...challengeRows(fixture), ...verifyRows(fixture)];
}

function loginRows(fixture: ServerFixture): MatrixRow[] {
  const makeRequest = async () => {
    const { email, password } = fixture.polymint.user;
    return makeJsonRequest("/login_with_password", [apiKeyField(fixture)], { email, "password.value": password });
  };
  const flow: RequestFlow = { name: "weavr, login", wording: weavrWording("weavr-login"), makeRequest };
  const [email, password] = [inJson("email"), inJson("password.value")];
  return [
    keyRow(fixture, flow, unproved),
    {
      flow,
      part: email,
      unknownWording: unproved,
      faultWordings: {
        empty: /email HAS_TEXT/,
        "with a line break and one more": "400 email REGEX",
        "8 KB long": /^400 email SIZE/,
        "60 KB long": /^400 email SIZE/,
      },
      specialCases: { "a person's": replaceWith(flow, email, () => fixture.polymint.person.email) },
    },
    {
      flow,
      part: password,
      unknownWording: unproved,
      faultWordings: {
        empty: /password\.value HAS_TEXT/,
        "left out": "400 password REQUIRED",
        "8 KB long": "400 password.value SIZE",
        "60 KB long": "400 password.value SIZE",
      },
    },
  ];
}

/** A challenge request of a new user, since the number of challenges per user is limited. */
export async function makeChallengeRequest(fixture: ServerFixture): Promise<RawRequest> {
  const { polymint } = fixture;
  const facts = { email: `${randomUUID()}@example.com`, programmeId: programmeOf(polymint), role: "USER", identityIds: [] } as const;
  const id = await makeUsers(polymint.database).create({ ...facts, passwordHash: seededPassword.hash }, polymint.clock());
  return makeJsonRequest(path, [apiKeyField(fixture), ["Authorization", `Bearer ${await issueAuthToken(fixture, id)}`]], {});
}

function challengeRows(fixture: ServerFixture): MatrixRow[] {
  const flow: RequestFlow = {
    name: "weavr, challenge",
    wording: weavrWording("weavr-step-up"),
    makeRequest: () => makeChallengeRequest(fixture),
  };
  return [bearerRow(fixture, flow), keyRow(fixture, flow, "403")];
}

function verifyRows(fixture: ServerFixture): MatrixRow[] {
  const makeRequest = async (): Promise<RawRequest> => {
    const asking = await makeChallengeRequest(fixture);
    const { text } = await send(fixture.polymint.url, asking);
    const { challengeId } = JSON.parse(text) as { challengeId: string };
    return makeJsonRequest(verifyPath, asking.headers, { challengeId, verificationCode: fixture.polymint.otps.at(-1)?.code ?? "" });
  };
  const flow: RequestFlow = { name: "weavr, verification", wording: weavrWording("weavr-step-up"), makeRequest };
  const [id, code] = [inJson("challengeId"), inJson("verificationCode")];
  const anothers = async () => {
    const [good, theirs] = [await makeRequest(), await makeRequest()];
    return { bad: { ...theirs, headers: good.headers }, good: theirs };
  };
  const spent = async () => {
    const bad = await makeRequest();
    expect((await send(fixture.polymint.url, bad)).status).toBe(200);
    return { bad, good: await makeRequest() };
  };
  const expired = async () => {
    const bad = await makeRequest();
    // In two steps: the auth token lives as long as the code, and using it in between extends its life.
    fixture.polymint.clock.advance(200);
    expect((await send(fixture.polymint.url, { ...bad, path, body: { as: "json", members: [] } })).status).toBe(200);
    fixture.polymint.clock.advance(100);
    return { bad, good: await makeRequest() };
  };
  return [
    bearerRow(fixture, flow),
    keyRow(fixture, flow, "403"),
    {
      flow,
      part: id,
      unknownWording: "400 challengeId REGEX",
      // Changing one character makes either an unknown challenge or a malformed one.
      faultWordings: { empty: /challengeId HAS_TEXT/, "with one character changed": null },
      specialWording: unproved,
      specialCases: { "made up": replaceWith(flow, id, () => randomUUID()), "another user's": anothers, spent, expired },
    },
    {
      flow,
      part: code,
      unknownWording: "400 verificationCode REGEX",
      faultWordings: { empty: /verificationCode HAS_TEXT/, "made up": unproved, "with one character changed": unproved },
    },
  ];
}
