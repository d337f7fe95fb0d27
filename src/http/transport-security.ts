/** A year, in seconds: the least that OWASP ASVS 5 §3.4.1 accepts. */
const maxAgeSeconds = 31_536_000;

/**
 * Makes the header that keeps browsers from ever using http with this host (RFC 6797). It depends on the issuer and not on the
 * connection, since a proxy may end TLS. A host with an http issuer must not have it: the policy holds for all ports of a host, so
 * browsers would not reach that issuer any more.
 * @param includeSubdomains whether it holds for the hosts below too, which may be other people's
 * @returns headers for every answer; none for an http issuer
 */
export function makeTransportSecurity(issuer: string, includeSubdomains: boolean): Readonly<Record<string, string>> {
  if (!/^https:/i.test(issuer)) return {};
  return { "Strict-Transport-Security": `max-age=${maxAgeSeconds}${includeSubdomains ? "; includeSubDomains" : ""}` };
}
