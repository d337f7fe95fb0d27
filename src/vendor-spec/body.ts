import { isDeepStrictEqual } from "node:util";
import type { DecisionLog } from "./decision";
import type { Schema } from "./document";
import { isObject, omit } from "./json";
import { flattenAlternatives, resolveSchema } from "./merge";
import type { SchemaTranslator } from "./schema";

/** Fields of a token request and of its answer (RFC 6749 §4.1.3, §4.4.2, §6; §5.1), for a vendor that describes none. */
const standardRequest: Schema = {
  type: "object",
  properties: {
    grant_type: { type: "string", description: "The grant that is asked for." },
    client_id: { type: "string", description: "Id of the client." },
    client_secret: { type: "string", description: "Secret of the client." },
    scope: { type: "string", description: "Scopes that are asked for, separated by spaces." },
  },
  required: ["grant_type"],
};

const standardSuccess: Schema = {
  type: "object",
  properties: {
    access_token: { type: "string", description: "The token." },
    token_type: { type: "string", description: "How the token is presented." },
    expires_in: { type: "integer", description: "Lifetime of the token in seconds." },
    scope: { type: "string", description: "Scopes that were granted, separated by spaces." },
  },
  required: ["access_token", "token_type"],
};

type BodyRole = "request" | "success" | "error";

const standards: Partial<Record<BodyRole, Schema>> = { request: standardRequest, success: standardSuccess };

/** Gives the body of a request or an answer a flat, named schema, which a generated type and a contract's code are made for. */
export class BodyMaker {
  /** Many statuses have one body; its schema is made once. */
  private readonly made = new Map<string, Schema>();

  constructor(
    private readonly translator: SchemaTranslator,
    private readonly names: ReadonlyMap<string, string>,
    private readonly pascal: string,
    private readonly log: DecisionLog,
  ) {}

  /** @param alternatives schemas of the vendor; several where operations of one URL are joined */
  make(role: BodyRole, alternatives: readonly unknown[]): Schema {
    const key = JSON.stringify([role, alternatives]);
    const made = this.made.get(key) ?? this.makeAnew(role, alternatives);
    this.made.set(key, made);
    return { ...made };
  }

  private makeAnew(role: BodyRole, alternatives: readonly unknown[]): Schema {
    const [first] = alternatives;
    const only = alternatives.every((other) => isDeepStrictEqual(other, first)) ? first : undefined;
    const named = isObject(only) && typeof only.$ref === "string" ? this.names.get(only.$ref.replace(/^.*\//s, "")) : undefined;
    const fallback = `${this.pascal}${{ request: "TokenRequest", success: "Token", error: "Error" }[role]}`;
    const name = named ?? this.findFreeName(fallback);
    const pointer = ["components", "schemas", name];
    const translated = this.translator.translate(only ?? { oneOf: alternatives.filter(isObject) }, pointer);
    const flat = this.flatten(role, translated, pointer);
    const twin = Object.entries(this.translator.components).find(([, known]) => isDeepStrictEqual(known, flat));
    if (twin !== undefined) return { $ref: `#/components/schemas/${twin[0]}` };
    this.translator.components[name] = flat;
    return { $ref: `#/components/schemas/${name}` };
  }

  private flatten(role: BodyRole, schema: Schema, pointer: readonly string[]): Schema {
    const { components } = this.translator;
    const flat = flattenAlternatives(schema, components);
    const before = resolveSchema(schema, components);
    if ((before.oneOf ?? before.anyOf) !== undefined && flat.oneOf === undefined && flat.anyOf === undefined) {
      this.log.decide(
        pointer,
        "alternatives",
        "joined",
        "one object has the fields of all alternatives; which go together is no longer checked",
      );
    }
    const standard = standards[role];
    const empty =
      flat.properties === undefined &&
      (flat.type === undefined || flat.type === "object") &&
      flat.oneOf === undefined &&
      flat.anyOf === undefined;
    if (standard !== undefined && empty) {
      this.log.decide(
        pointer,
        `${role} fields`,
        Object.keys(standard.properties ?? {}).join(", "),
        "the vendor describes none; these are RFC 6749's",
      );
      return structuredClone({ ...flat, ...standard });
    }
    return this.dropOneSided(role, flat, pointer);
  }

  /** A request has no `readOnly` fields, and an answer no `writeOnly` ones (OpenAPI 3.0.3 §4.7.24.2). */
  private dropOneSided(role: BodyRole, schema: Schema, pointer: readonly string[]): Schema {
    const mark = role === "request" ? "readOnly" : "writeOnly";
    const entries = Object.entries(schema.properties ?? {});
    const dropped = entries.filter(([, property]) => property[mark] === true).map(([name]) => name);
    if (dropped.length === 0) return schema;
    this.log.decide(pointer, mark, dropped.join(", "), `a ${mark} field is no part of this body`);
    const kept = (schema.required ?? []).filter((name) => !dropped.includes(name));
    return {
      ...omit(schema, "required"),
      properties: Object.fromEntries(entries.filter(([name]) => !dropped.includes(name))),
      ...(kept.length > 0 && { required: kept }),
    };
  }

  private findFreeName(wanted: string): string {
    const taken = new Set([...this.names.values(), ...Object.keys(this.translator.components)]);
    let name = wanted;
    for (let count = 2; taken.has(name); count += 1) name = `${wanted}${count}`;
    return name;
  }
}
