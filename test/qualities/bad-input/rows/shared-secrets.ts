/** Rows for abbeycross and firstvision, whose clients have a shared secret. */
import { tokenPaths } from "../../../harness/token-requests";
import { inHeader, inJson, inQuery } from "../request-parts";
import type { RawRequest } from "../request-builder";
import type { MatrixRow, RequestFlow } from "../matrix";
import { abbeycrossWording, firstvisionWording } from "../expected-wording";
import { registerSecretClient, once, makeJsonRequest, type ServerFixture } from "../fixture";
import { basicRows } from "./basic";

/** Rows for id and secret in abbeycross' body. */
export function abbeycrossRows(fixture: ServerFixture): MatrixRow[] {
  const client = once(() => registerSecretClient(fixture.polymint.register, { contracts: ["abbeycross"], scopes: ["accounts"] }));
  const other = once(() => registerSecretClient(fixture.polymint.register, { contracts: ["abbeycross"], scopes: ["accounts"] }));
  const elsewhere = once(() => registerSecretClient(fixture.polymint.register, { contracts: ["firstvision"], scopes: ["accounts"] }));
  const makeRequest = async () => {
    const { id, secret } = await client();
    return makeJsonRequest(tokenPaths.abbeycross, [], { client_id: id, client_secret: secret });
  };
  const flow: RequestFlow = { name: "abbeycross", wording: abbeycrossWording, makeRequest };
  const [id, secret] = [inJson("client_id"), inJson("client_secret")];
  const unknownWording = "409 INVALID_CREDENTIALS";
  const tooLong = (name: string) => ({ "8 KB long": `409 INVALID_PARAMETER: ${name}`, "60 KB long": `409 INVALID_PARAMETER: ${name}` });
  const specialCases: MatrixRow["specialCases"] = {
    "another client's": async () => {
      const good = await flow.makeRequest();
      return { bad: secret.replace(good, (await other()).secret), good };
    },
    "of a client of another contract, with its id": async () => {
      const [good, foreign] = [await flow.makeRequest(), await elsewhere()];
      return { bad: id.replace(secret.replace(good, foreign.secret), foreign.id), good };
    },
  };
  return [
    { flow, part: id, unknownWording, faultWordings: tooLong("client_id") },
    { flow, part: secret, unknownWording, faultWordings: tooLong("client_secret"), specialCases },
  ];
}

/** Rows for Basic credentials and the query of firstvision. */
export function firstvisionRows(fixture: ServerFixture): MatrixRow[] {
  const claims = { firstVisionId: "00000AUNAB" };
  const client = once(() =>
    registerSecretClient(fixture.polymint.register, { contracts: ["firstvision"], scopes: ["administration", "viewing"], claims }),
  );
  const makeRequest = async (): Promise<RawRequest> => ({
    method: "POST",
    path: tokenPaths.firstvision,
    query: [
      ["scope", "administration viewing"],
      ["grant_type", "client_credentials"],
    ],
    headers: [(await client()).authorization, ["correlationId", "12345"]],
  });
  const flow: RequestFlow = { name: "firstvision", wording: firstvisionWording, makeRequest };
  const unknownWording = "401 240101: Invalid client credentials or scope";
  const tooLong = /^400 240010: scope: must NOT have more than 50/;
  const badGrantType = /^400 240010: grant_type: must be equal to one of/;
  return [
    { flow, part: inQuery("scope"), unknownWording, faultWordings: { "8 KB long": tooLong } },
    { flow, part: inQuery("grant_type"), unknownWording: badGrantType, faultWordings: { empty: null, "left out": null } },
    // Any short text is valid.
    {
      flow,
      part: inHeader("correlationId"),
      unknownWording: null,
      faultWordings: {
        empty: null,
        "left out": null,
        "given twice": null,
        "given twice, once made up": null,
        "8 KB long": /^400 240010: correlationId: must NOT have more than 40/,
      },
    },
    ...basicRows(flow, unknownWording, "400 240010: authorization: There is more than one Authorization header"),
  ];
}
