/** Rows for client certificates, on TLS connections and in headers of a proxy. */
import type { Registration } from "../../../../src/registration/registration";
import type { MtlsServer } from "../../../harness/mtls-server";
import { type TestCertificate, makeAuthority, makeSelfSigned, serverAuth, type CertificateOptions } from "../../../harness/certificates";
import type { RawRequest, RequestField } from "../request-builder";
import { inForm, inHeader, type RequestPart } from "../request-parts";
import type { MatrixRow, RequestFlow } from "../matrix";
import { oauthWording } from "../expected-wording";
import { once, makeFormRequest } from "../fixture";

const badClient = "400 invalid_client: Client authentication failed.";
const unreadableCertificate = (name: string) => `400 invalid_request: ${name} is not one certificate in the form it must have.`;
/** The tests of a row move the server's clock forward. */
const long = { toDays: 9_000 };

/** A client, its certificate, and other certificates that must not be accepted for it. */
interface CertificateClient {
  id: string;
  own: TestCertificate;
  others: Readonly<Record<string, TestCertificate>>;
}

/** @param kind whether the client is registered by its subject or by the certificate itself */
async function makeCertificateClient(fixture: MtlsServer, kind: "subject" | "registered"): Promise<CertificateClient> {
  const subject = `C=GB, CN=${kind}`;
  const issue = (wanted: CertificateOptions) => fixture.authority.issue({ ...long, subject, ...wanted });
  const own = kind === "subject" ? await issue({}) : await makeSelfSigned({ subject, ...long });
  const theirs = kind === "subject" ? await issue({ subject: "C=GB, CN=theirs" }) : await makeSelfSigned({ subject, ...long });
  const registrationFor = (certificate: TestCertificate, name: string): Omit<Registration, "contracts"> =>
    kind === "subject"
      ? { tlsSubject: { kind: "subject_dn", value: `CN=${name},C=GB` } }
      : { authMethods: ["self_signed_tls_client_auth"], jwks: [certificate.certifiedJwk] };
  const id = await fixture.register(registrationFor(own, kind));
  await fixture.register(registrationFor(theirs, "theirs"));
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

const otherCertificates = {
  subject: ["another client's", "made up", "of another authority", "an expired one", "one not valid yet", "a server's"],
  registered: ["another client's", "made up", "of another authority"],
};
const kinds = ["subject", "registered"] as const;

/** Rows for client certificates shown on the TLS connection itself. */
export function certificateRows(fixture: () => MtlsServer): MatrixRow[] {
  return kinds.map((kind) => {
    const client = once(() => makeCertificateClient(fixture(), kind));
    const sendOver = (request: RawRequest, certificate: TestCertificate | undefined): RawRequest => ({
      ...request,
      tlsClient: fixture().connect(certificate),
    });
    const makeBareRequest = async () => makeFormRequest("/token", [], { grant_type: "tls_client_auth", client_id: (await client()).id });
    const makeRequest = async () => sendOver(await makeBareRequest(), (await client()).own);
    const flow: RequestFlow = { name: `raidiam, certificate known by ${kind}, over TLS`, wording: oauthWording("raidiam"), makeRequest };
    const part: RequestPart = { ...inForm("client_id"), kind: "other", name: "certificate" };
    const makeCase = (name: string) => async () => ({
      bad: sendOver(await makeBareRequest(), (await client()).others[name]),
      good: await makeRequest(),
    });
    const specialCases: MatrixRow["specialCases"] = {
      ...Object.fromEntries(otherCertificates[kind].map((name) => [name, makeCase(name)])),
      none: async () => ({ bad: sendOver(await makeBareRequest(), undefined), good: await makeRequest() }),
      "in a header from a sender that is no trusted proxy": async () => {
        const plain = await makeBareRequest();
        return { bad: { ...plain, headers: [forwarded["client-cert"]((await client()).own)] }, good: await makeRequest() };
      },
    };
    return { flow, part, unknownWording: badClient, specialCases };
  });
}

const forwarded = {
  "client-cert": ({ der }: TestCertificate): RequestField => ["client-cert", `:${der.toString("base64")}:`],
  "x-ssl-client-cert": ({ cert }: TestCertificate): RequestField => ["x-ssl-client-cert", encodeURIComponent(cert)],
} as const;

/** Rows for client certificates that a trusted proxy forwards in this header. */
export function forwardedRows(fixture: () => MtlsServer, header: keyof typeof forwarded): MatrixRow[] {
  const clients = kinds.map((kind) => ({ kind, client: once(() => makeCertificateClient(fixture(), kind)) }));
  return clients.flatMap(({ kind, client }): MatrixRow[] => {
    const makeRequestWith = async (certificate: TestCertificate) =>
      makeFormRequest("/token", [forwarded[header](certificate)], { client_id: (await client()).id });
    const flow: RequestFlow = {
      name: `raidiam, certificate known by ${kind}, forwarded`,
      wording: oauthWording("raidiam"),
      makeRequest: async () => makeRequestWith((await client()).own),
    };
    const makeCase = (name: string) => async () => ({
      bad: await makeRequestWith((await client()).others[name] as TestCertificate),
      good: await flow.makeRequest(),
    });
    return [
      {
        flow,
        part: inHeader(header),
        unknownWording: unreadableCertificate(header),
        faultWordings: {
          ...Object.fromEntries(otherCertificates[kind].map((name) => [name, badClient])),
          // Depending on the character, the result is or is not a certificate.
          "with one character changed": /^400 invalid_(request|client): /,
          // A proxy that saw no certificate sends this.
          empty: badClient,
          "left out": badClient,
          "given twice": unreadableCertificate(header),
          "given twice, once made up": unreadableCertificate(header),
        },
        specialCases: Object.fromEntries(otherCertificates[kind].map((name) => [name, makeCase(name)])),
      },
      {
        flow,
        part: inForm("client_id"),
        unknownWording: badClient,
        faultWordings: {
          "8 KB long": "400 invalid_request: client_id must NOT have more than 255 characters.",
          "60 KB long": "400 invalid_request: client_id must NOT have more than 255 characters.",
        },
      },
    ];
  });
}
