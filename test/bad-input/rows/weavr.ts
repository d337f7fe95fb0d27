import { randomUUID } from "node:crypto";
import { createPublicKey } from "node:crypto";
import { makeIdentities } from "../../../src/store/identities";
import { makeSecret } from "../../../src/keys/secret";
import type { TestDelegatedClient } from "../../../src/testkit";
import { identityOf, path, programmeOf } from "../../contracts/weavr-asking";
import { logIn } from "../../services/tokens";
import { type Asserter, assertionOf, badAssertions } from "../assertion";
import { type Draft, type Pair, send } from "../draft";
import { bearer, inHeader, inJson } from "../place";
import type { Flow, Row } from "../table";
import { weavr } from "../voice";
import { newClient, once, postJson, type World } from "../world";

const voice = weavr("weavr");
const [unproved, forbidden, nobody] = ["401", "403", "404 IDENTITY_NOT_FOUND"];
/** The contract's words for a blank header, and for one that is another programme's. */
export const keySays = { "given twice": unproved, "given twice, once made up": unproved };
const blankText = { empty: /HAS_TEXT/ };

/** The key alone of another programme. */
export function otherKey(world: World) {
  return once(() => newKey(world));
}

async function newKey({ polymint }: World): Promise<string> {
  const { secret } = await polymint.register({ dialects: ["weavr"] });
  return secret?.value ?? "";
}

export const keyOf = ({ polymint }: World): Pair => ["api-key", polymint.clients.weavr?.secret ?? ""];
export const apiKey = inHeader("api-key");

/** Auth tokens, delegated assertions, one-time tokens, keys and identities at weavr's token endpoint. */
export function weavrRows(world: World): Row[] {
  return [...authTokenRows(world), ...assertionRows(world), ...oneTimeRows(world)];
}

function identityMembers({ polymint }: World, index: 0 | 1 = 0): Record<string, string> {
  const { type, id } = identityOf(polymint, index);
  return { "identity.type": type, "identity.id": id };
}

/** The parts that every mode has. @param foreignKey what a good key of another programme gets */
function commonRows(world: World, flow: Flow, foreignKey: string, foreignIdentity: string): Row[] {
  const key = otherKey(world);
  const [type, id] = [inJson("identity.type"), inJson("identity.id")];
  const inBad = (place: typeof id, value: () => Promise<string> | string) => async () => {
    const mended = await flow.draft();
    return { bad: place.put(mended, await value()), mended };
  };
  const outOfForm = { "8 KB long": /^400 identity\.id SIZE/, "60 KB long": /^400 identity\.id SIZE/, "with half a surrogate pair": "400 identity.id REGEX" };
  return [
    {
      flow,
      place: apiKey,
      unknown: unproved,
      says: { ...keySays, "another programme's": foreignKey },
      specials: { "another programme's": inBad(apiKey, key) },
    },
    {
      flow,
      place: id,
      unknown: foreignIdentity,
      says: { ...outOfForm, "with one character changed": foreignIdentity },
      specials: {
        "not the user's": inBad(id, () => makeIdentities(world.polymint.database).create(programmeOf(world.polymint), "CORPORATE", world.polymint.clock())),
        "another one of the user's, under the first one's type": inBad(id, () => identityOf(world.polymint, 1).id),
      },
    },
    {
      flow,
      place: type,
      unknown: "400 identity.type NOT_IN",
      specials: { "the other one": inBad(type, () => "CONSUMER") },
      says: { "the other one": unproved },
    },
  ];
}

function authTokenRows(world: World): Row[] {
  const token = once(() => logIn(world.polymint));
  const draft = async (): Promise<Draft> => postJson(path, [keyOf(world), ["Authorization", `Bearer ${await token()}`]], identityMembers(world));
  const flow: Flow = { name: "weavr, auth token", voice, draft };
  return commonRows(world, flow, forbidden, nobody);
}
