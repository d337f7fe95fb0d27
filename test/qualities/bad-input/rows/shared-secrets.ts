import { inHeader, inJson, inQuery } from "../request-parts";
import type { Draft } from "../request-builder";
import type { Flow, Row } from "../matrix";
import { abbeycross, firstvision } from "../expected-wording";
import { newClient, once, postJson, type World } from "../fixture";
import { basicRows } from "./basic";

/** Id and secret in abbeycross' body. */
export function abbeycrossRows(world: World): Row[] {
  const client = once(() => newClient(world.polymint.register, { contracts: ["abbeycross"], scopes: ["accounts"] }));
  const other = once(() => newClient(world.polymint.register, { contracts: ["abbeycross"], scopes: ["accounts"] }));
  const elsewhere = once(() => newClient(world.polymint.register, { contracts: ["firstvision"], scopes: ["accounts"] }));
  const draft = async () => {
    const { id, secret } = await client();
    return postJson("/v1/oauth/token", [], { client_id: id, client_secret: secret });
  };
  const flow: Flow = { name: "abbeycross", voice: abbeycross, draft };
  const [id, secret] = [inJson("client_id"), inJson("client_secret")];
  const unknown = "409 INVALID_CREDENTIALS";
  const tooLong = (name: string) => ({ "8 KB long": `409 INVALID_PARAMETER: ${name}`, "60 KB long": `409 INVALID_PARAMETER: ${name}` });
  const specials: Row["specials"] = {
    "another client's": async () => {
      const mended = await flow.draft();
      return { bad: secret.put(mended, (await other()).secret), mended };
    },
    "of a client of another contract, with its id": async () => {
      const [mended, foreign] = [await flow.draft(), await elsewhere()];
      return { bad: id.put(secret.put(mended, foreign.secret), foreign.id), mended };
    },
  };
  return [
    { flow, place: id, unknown, says: tooLong("client_id") },
    { flow, place: secret, unknown, says: tooLong("client_secret"), specials },
  ];
}

/** Basic credentials and the scope in firstvision's query. */
export function firstvisionRows(world: World): Row[] {
  const claims = { firstVisionId: "00000AUNAB" };
  const client = once(() =>
    newClient(world.polymint.register, { contracts: ["firstvision"], scopes: ["administration", "viewing"], claims }),
  );
  const draft = async (): Promise<Draft> => ({
    method: "POST",
    path: "/v1/api/oauth/token",
    query: [
      ["scope", "administration viewing"],
      ["grant_type", "client_credentials"],
    ],
    headers: [(await client()).proof, ["correlationId", "12345"]],
  });
  const flow: Flow = { name: "firstvision", voice: firstvision, draft };
  const unknown = "401 240101: Invalid client credentials or scope";
  const tooLong = /^400 240010: scope: must NOT have more than 50/;
  const badGrantType = /^400 240010: grant_type: must be equal to one of/;
  return [
    { flow, place: inQuery("scope"), unknown, says: { "8 KB long": tooLong } },
    { flow, place: inQuery("grant_type"), unknown: badGrantType, says: { empty: null, "left out": null } },
    // Any short text will do.
    {
      flow,
      place: inHeader("correlationId"),
      unknown: null,
      says: {
        empty: null,
        "left out": null,
        "given twice": null,
        "given twice, once made up": null,
        "8 KB long": /^400 240010: correlationId: must NOT have more than 40/,
      },
    },
    ...basicRows(flow, unknown, "400 240010: authorization: There is more than one Authorization header"),
  ];
}
