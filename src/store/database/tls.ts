import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { TlsTarget } from "./tls-target";

/** TLS to the database failed. The message says why and what to do, for the operator. */
export class TlsFault extends Error {
  override readonly name = "TlsFault";
}

/** What `pg` takes as `ssl`. */
export type SslOptions = false | ConnectionOptions;

/** Where systems keep the authorities that they trust: Debian and Alpine, Red Hat, macOS and BSD. */
const systemRootFiles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/**
 * @param name the host as it was written, which the certificate must have with `verify-full`
 * @param systemRoots where `sslrootcert=system` looks
 * @returns what to try, in this order: `allow` and `prefer` accept a connection with and without TLS
 * @throws TlsFault if a file cannot be read. They are read for every connection, so that a renewed one needs no restart.
 */
export async function makeSslAttempts(
  target: TlsTarget,
  name: string | undefined,
  systemRoots: readonly string[] = systemRootFiles,
): Promise<SslOptions[]> {
  const { mode } = target;
  if (mode === "disable" || name?.startsWith("/") === true) return [false];
  const encrypted = await makeOptions(target, name, systemRoots);
  if (mode === "allow") return [false, encrypted];
  return mode === "prefer" ? [encrypted, false] : [encrypted];
}

async function makeOptions(target: TlsTarget, name: string | undefined, systemRoots: readonly string[]): Promise<ConnectionOptions> {
  const { mode, rootCert, cert, key, passphrase } = target;
  const [ca, ownCert, ownKey] = await Promise.all([readRoots(rootCert, systemRoots), readPem("sslcert", cert), readPem("sslkey", key)]);
  const isVerified = mode === "verify-full" || mode === "verify-ca" || rootCert !== undefined;
  return {
    // The connection is made to an address of the host. The name is what the server is asked for and checked against.
    ...(name !== undefined && { host: name }),
    ...(name !== undefined && isIP(name) === 0 && { servername: name }),
    ...(ca !== undefined && { ca }),
    ...(ownCert !== undefined && { cert: ownCert }),
    ...(ownKey !== undefined && { key: ownKey }),
    ...(passphrase !== undefined && { passphrase }),
    rejectUnauthorized: isVerified,
    // libpq: with an authority's file, every mode checks who signed the certificate, and only verify-full for which name.
    ...(mode !== "verify-full" && { checkServerIdentity: () => undefined }),
  };
}

/** @returns undefined for the authorities that Node trusts, which are also the system's where it has no such file */
async function readRoots(rootCert: string | undefined, systemRoots: readonly string[]): Promise<string | undefined> {
  return readPem("sslrootcert", rootCert === "system" ? systemRoots.find((path) => existsSync(path)) : rootCert);
}

async function readPem(parameter: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new TlsFault(
      `the file of ${parameter}, ${path}, cannot be read (${code}): put it there, or correct ${parameter} in DATABASE_URL`,
      {
        cause: error,
      },
    );
  }
}

const noTls = "The server does not support SSL connections";
const untrustedCodes = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_UNTRUSTED",
  "CERT_SIGNATURE_FAILURE",
]);

/** @param thrown an error @returns the fault as sentences for the operator; undefined if the error is none of TLS */
export function explainTlsFault(thrown: unknown, { mode }: Pick<TlsTarget, "mode">): TlsFault | undefined {
  if (thrown instanceof TlsFault) return thrown;
  const { code: anyCode, message } = thrown as NodeJS.ErrnoException;
  const code = String(anyCode);
  const explain = (text: string): TlsFault => new TlsFault(text, { cause: thrown });
  if (message === noTls)
    return explain(
      `the server does not support SSL, which sslmode=${mode} demands: switch TLS on there (ssl = on), or set sslmode=prefer in DATABASE_URL`,
    );
  if (untrustedCodes.has(code))
    return explain(
      `the server's certificate is from an authority that is not trusted (${code}): ` +
        "name the file with that authority's certificate in sslrootcert of DATABASE_URL",
    );
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return explain(
      `the server's certificate is for other names than the host in DATABASE_URL (${code}): use one of its names there, ` +
        "or sslmode=verify-ca with the authority's file in sslrootcert, which compares no names",
    );
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID")
    return explain(
      `the server's certificate, or one in the file of sslrootcert, is not valid at this time (${code}): renew it, and compare the clocks`,
    );
  if (/^ERR_(?:SSL|TLS|OSSL)_|^EPROTO$|^CERT_|^ERR_CRYPTO_/.test(code) || message.startsWith("There was an error establishing an SSL"))
    return explain(`no TLS with the server (${code}: ${message}): check sslmode, sslrootcert, sslcert and sslkey in DATABASE_URL`);
  return undefined;
}
