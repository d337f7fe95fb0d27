/** Reads `Authorization: Bearer` (RFC 6750 §2.1). @returns undefined for any other scheme, or what is no token of this one */
export function readBearer(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}
