/** How a connection is encrypted, and whom it trusts. */
export interface TlsTarget {
  mode: SslMode;
  /** The file with the authorities that are trusted, or `system`. Undefined: those that Node trusts. */
  rootCert: string | undefined;
  /** Files of the client's certificate and key, and the key's passphrase. */
  cert: string | undefined;
  key: string | undefined;
  passphrase: string | undefined;
  /** Whether TLS begins at once, without the question whether the server has it (PostgreSQL 17). */
  direct: boolean;
}

export type SslMode = (typeof sslModes)[number];

const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
type Parameters = Readonly<Record<string, string | undefined>>;

export const noTls: TlsTarget = {
  mode: "disable",
  rootCert: undefined,
  cert: undefined,
  key: undefined,
  passphrase: undefined,
  direct: false,
};

/** Reads the parameters of TLS as libpq does (PostgreSQL documentation, 32.19). @param faults gets what is wrong */
export function readTls(parameters: Parameters, faults: string[]): TlsTarget {
  const { sslrootcert: rootCert, sslcert: cert, sslkey: key, sslpassword: passphrase, sslnegotiation } = parameters;
  const mode = readMode(parameters, faults);
  const isWeak = mode === "disable" || mode === "allow" || mode === "prefer";
  if (rootCert === "system" && mode !== "verify-full") faults.push("have sslmode=verify-full with sslrootcert=system");
  if (mode === "verify-ca" && rootCert === undefined)
    faults.push("name in sslrootcert the file with the server's authority for sslmode=verify-ca, or have sslmode=verify-full");
  if ((cert === undefined) !== (key === undefined)) faults.push("have sslcert and sslkey together");
  if (sslnegotiation !== undefined && sslnegotiation !== "postgres" && sslnegotiation !== "direct")
    faults.push("have as sslnegotiation one of postgres, direct");
  if (sslnegotiation === "direct" && isWeak) faults.push("have sslmode=require, verify-ca or verify-full with sslnegotiation=direct");
  return { mode, rootCert, cert, key, passphrase, direct: sslnegotiation === "direct" };
}

/** `ssl=true` is libpq's word for JDBC's; `no-verify` is what drivers for Node call `require`. */
function readMode({ sslmode, ssl, sslrootcert }: Parameters, faults: string[]): SslMode {
  const given = sslmode ?? (ssl === "true" ? "require" : undefined);
  if (ssl !== undefined && ssl !== "true") faults.push("have sslmode in place of ssl");
  const mode = given === "no-verify" ? "require" : given;
  const chosen = sslModes.find((each) => each === mode);
  if (mode !== undefined && chosen === undefined) faults.push(`have as sslmode one of ${sslModes.join(", ")}`);
  if (chosen !== undefined) return chosen;
  return sslrootcert === "system" ? "verify-full" : "prefer";
}
