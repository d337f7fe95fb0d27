import { hashAccessToken } from "../../src/engine/id-token";
import { selectPersonClaims } from "../../src/engine/person-claims";
import { makeCodeChallenge, provesChallenge } from "../../src/engine/pkce";
import type { Person } from "../../src/engine/person";
import { signingAlgorithms } from "../../src/engine/client";

describe("PKCE", () => {
  /** RFC 7636, Appendix B. */
  const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

  it("makes the challenge of RFC 7636, Appendix B", () => {
    expect(makeCodeChallenge(verifier)).toBe(challenge);
    expect(provesChallenge(verifier, challenge)).toBe(true);
  });

  it.each([
    ["another verifier", `${verifier.slice(0, -1)}l`, challenge],
    ["the challenge for the verifier, as `plain` would have it", challenge, challenge],
    ["a padded challenge", verifier, `${challenge}=`],
    ["a challenge in other letters", verifier, challenge.toLowerCase()],
    ["a challenge cut short", verifier, challenge.slice(0, -1)],
    ["an empty challenge", verifier, ""],
    ["nothing at all", "", ""],
  ])("refuses %s", (_what, given, wanted) => {
    expect(provesChallenge(given, wanted)).toBe(false);
  });
});

describe("at_hash", () => {
  /** OpenID Connect Core 1.0, Appendix A.3: the access token and the at_hash of the id_token beside it. */
  const accessToken = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";

  it.each(signingAlgorithms)("under %s equals the one in OpenID Connect Core, Appendix A.3", (algorithm) => {
    expect(hashAccessToken(accessToken, algorithm)).toBe("77QmUPtjPfzWtF2AnpK9RQ");
  });
});

describe("the claims of a person", () => {
  const person: Person = {
    id: "7",
    email: "ada@example.net",
    emailVerified: false,
    firstName: "Ada",
    lastName: "Lovelace",
    countryCode: "GB",
    picture: "https://example.net/ada.png",
    region: "EU",
    roles: ["user"],
    status: "active",
    updatedAt: 1_750_384_800,
  };
  const email = { email: "ada@example.net", email_verified: false };
  const name = { name: "Ada Lovelace", first_name: "Ada", last_name: "Lovelace", updated_at: 1_750_384_800 };
  const profile = { ...name, country_code: "GB", picture: "https://example.net/ada.png" };

  it.each<[string[], object]>([
    [[], {}],
    [["openid", "inspect", "Email", "profiles"], {}],
    [["email"], email],
    [["profile"], profile],
    [["openid", "profile", "email"], { ...email, ...profile }],
  ])("are right for the scope %j", (scope, expected) => {
    expect(selectPersonClaims(person, scope)).toEqual(expected);
  });

  it("leave out unknown values", () => {
    expect(selectPersonClaims({ ...person, countryCode: null, picture: null }, ["profile"])).toEqual(name);
  });
});
