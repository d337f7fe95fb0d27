import type { Registration } from "../../../../src/registration/register";
import type { MtlsServer } from "../../../harness/mtls-server";
import { type TestCertificate, makeAuthority, makeSelfSigned, serverAuth, type CertificateOptions } from "../../../harness/certificates";
import type { Draft, Pair } from "../request-builder";
import { inForm, inHeader, type Place } from "../request-parts";
import type { Flow, Row } from "../matrix";
import { oauth } from "../expected-wording";
import { once, post } from "../fixture";

const badClient = "400 invalid_client: Client authentication failed.";
const senseless = (name: string) => `400 invalid_request: ${name} is not one certificate in the form it must have.`;
/** The server's clock goes ahead while a table is proved. */
const long = { toDays: 9_000 };

/** A client, its certificate, and others that are not. */
interface Cast {
  id: string;
  own: TestCertificate;
  others: Readonly<Record<string, TestCertificate>>;
}

/** Clients known by their subject, and clients known by their certificate. */
async function castOf(world: MtlsServer, kind: "subject" | "registered"): Promise<Cast> {
  const subject = `C=GB, CN=${kind}`;
  const issue = (wanted: CertificateOptions) => world.authority.issue({ ...long, subject, ...wanted });
  const own = kind === "subject" ? await issue({}) : await makeSelfSigned({ subject, ...long });
  const theirs = kind === "subject" ? await issue({ subject: "C=GB, CN=theirs" }) : await makeSelfSigned({ subject, ...long });
  const by = (holder: TestCertificate, name: string): Omit<Registration, "contracts"> =>
    kind === "subject"
      ? { tlsSubject: { kind: "subject_dn", value: `CN=${name},C=GB` } }
      : { authMethods: ["self_signed_tls_client_auth"], jwks: [holder.certifiedJwk] };
  const id = await world.register(by(own, kind));
  await world.register(by(theirs, "theirs"));
  const stranger = await makeAuthority("C=GB, O=Directory, CN=Client CA");
  const others = {
    "another client's": theirs,
    "made up": await makeSelfSigned({ subject, ...long }),
    "of another authority": await stranger.issue({ ...long, subject }),
    ...(kind === "subject"
      ? {
          "an expired one": await issue({ fromDays: -3, toDays: -1 }),
          "one not valid yet": await issue({ fromDays: 8_000 }),
          "a server's": await issue({ usages: [serverAuth] }),
        }
      : {}),
  };
  return { id, own, others };
}

const names = {
  subject: ["another client's", "made up", "of another authority", "an expired one", "one not valid yet", "a server's"],
  registered: ["another client's", "made up", "of another authority"],
};
const kinds = ["subject", "registered"] as const;

/** Certificates of TLS connections. */
export function certificateRows(world: () => MtlsServer): Row[] {
  return kinds.map((kind) => {
    const cast = once(() => castOf(world(), kind));
    const over = (draft: Draft, holder: TestCertificate | undefined): Draft => ({ ...draft, over: world().connect(holder) });
    const bare = async () => post("/token", [], { grant_type: "tls_client_auth", client_id: (await cast()).id });
    const draft = async () => over(await bare(), (await cast()).own);
    const flow: Flow = { name: `raidiam, certificate known by ${kind}, over TLS`, voice: oauth("raidiam"), draft };
    const place: Place = { ...inForm("client_id"), kind: "other", name: "certificate" };
    const shown = (name: string) => async () => ({ bad: over(await bare(), (await cast()).others[name]), mended: await draft() });
    const specials: Row["specials"] = {
      ...Object.fromEntries(names[kind].map((name) => [name, shown(name)])),
      none: async () => ({ bad: over(await bare(), undefined), mended: await draft() }),
      "in a header of somebody who is no proxy": async () => {
        const plain = await bare();
        return { bad: { ...plain, headers: [forwarded["client-cert"]((await cast()).own)] }, mended: await draft() };
      },
    };
    return { flow, place, unknown: badClient, specials };
  });
}

const forwarded = {
  "client-cert": ({ der }: TestCertificate): Pair => ["client-cert", `:${der.toString("base64")}:`],
  "x-ssl-client-cert": ({ cert }: TestCertificate): Pair => ["x-ssl-client-cert", encodeURIComponent(cert)],
} as const;

/** Certificates that a listed proxy forwards, in both of the forms there are. */
export function forwardedRows(world: () => MtlsServer): Row[] {
  const casts = kinds.map((kind) => ({ kind, cast: once(() => castOf(world(), kind)) }));
  return casts.flatMap(({ kind, cast }) =>
    (["client-cert", "x-ssl-client-cert"] as const).flatMap((header): Row[] => {
      const asked = async (holder: TestCertificate) => post("/token", [forwarded[header](holder)], { client_id: (await cast()).id });
      const flow: Flow = {
        name: `raidiam, certificate known by ${kind}, forwarded`,
        voice: oauth("raidiam"),
        draft: async () => asked((await cast()).own),
      };
      const shown = (name: string) => async () => ({
        bad: await asked((await cast()).others[name] as TestCertificate),
        mended: await flow.draft(),
      });
      return [
        {
          flow,
          place: inHeader(header),
          unknown: senseless(header),
          says: {
            ...Object.fromEntries(names[kind].map((name) => [name, badClient])),
            // Whether that is still a certificate depends on what the character stood for.
            "with one character changed": /^400 invalid_(request|client): /,
            // As proxies have it that saw none.
            empty: badClient,
            "left out": badClient,
            "given twice": senseless(header),
            "given twice, once made up": senseless(header),
          },
          specials: Object.fromEntries(names[kind].map((name) => [name, shown(name)])),
        },
        {
          flow,
          place: inForm("client_id"),
          unknown: badClient,
          says: {
            "8 KB long": "400 invalid_request: client_id must NOT have more than 255 characters.",
            "60 KB long": "400 invalid_request: client_id must NOT have more than 255 characters.",
          },
        },
      ];
    }),
  );
}
