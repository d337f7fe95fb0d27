import type { Command } from "commander";
import type { TlsSubject } from "../engine/client";
import type { Registration } from "../registration/registration";
import { CommandError } from "./errors";

/** What a command was given on a client's certificate. */
export interface CertificateOptions {
  tlsSubjectDn?: string;
  tlsSanDns?: string;
  tlsSanUri?: string;
  tlsSanIp?: string;
  tlsSanEmail?: string;
  certificateBoundTokens?: true;
}

/** The options that say which certificate proves a client (RFC 8705 §2.1.2). */
export function addCertificateOptions(command: Command): Command {
  return command
    .option(
      "--tls-subject-dn <dn>",
      "tls_client_auth: the subject of its certificate, as `openssl x509 -noout -subject -nameopt RFC2253` writes it",
    )
    .option("--tls-san-dns <name>", "tls_client_auth: a DNS name of its certificate, in place of the subject")
    .option("--tls-san-uri <uri>", "tls_client_auth: a URI of its certificate, in place of the subject")
    .option("--tls-san-ip <address>", "tls_client_auth: an IP address of its certificate, in place of the subject")
    .option("--tls-san-email <address>", "tls_client_auth: an email address of its certificate, in place of the subject")
    .option("--certificate-bound-tokens", "bind its tokens to the certificate it connects with, however it proves itself");
}

/** @throws CommandError for several things that one certificate must say */
export function certificateIn(options: CertificateOptions): Pick<Registration, "tlsSubject" | "certificateBoundTokens"> {
  const asked: [TlsSubject["kind"], string | undefined][] = [
    ["subject_dn", options.tlsSubjectDn],
    ["san_dns", options.tlsSanDns],
    ["san_uri", options.tlsSanUri],
    ["san_ip", options.tlsSanIp],
    ["san_email", options.tlsSanEmail],
  ];
  const [subject, ...others] = asked.flatMap(([kind, value]) => (value === undefined ? [] : [{ kind, value }]));
  if (others.length > 0)
    throw new CommandError("usage", "give one of the --tls-… options: a client is known by one thing its certificate says");
  return {
    ...(subject === undefined ? {} : { tlsSubject: subject }),
    ...(options.certificateBoundTokens === undefined ? {} : { certificateBoundTokens: true }),
  };
}
