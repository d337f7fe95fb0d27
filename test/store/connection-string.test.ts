/** URLs of a database, as libpq reads them (PostgreSQL documentation, 32.1.1.2 and 32.1.2). */
import { addParameters, ConnectionStringError, type Host, parseConnectionString } from "../../src/store/database/connection-string";

const at = (host: string | undefined, port?: number): Host => ({ host, port });

function faultsOf(url: string): readonly string[] {
  try {
    parseConnectionString(url);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConnectionStringError)) throw thrown;
    return thrown.faults;
  }
}

describe("the hosts of a URL", () => {
  it.each<[string, Host[]]>([
    ["postgres://u@h1:5433/db", [at("h1", 5433)]],
    ["postgresql://u:p@h1:5432,h2:5433/db", [at("h1", 5432), at("h2", 5433)]],
    ["postgres://h1,h2,h3/db", [at("h1"), at("h2"), at("h3")]],
    ["postgres://h1:5432,h2/db", [at("h1", 5432), at("h2")]],
    ["postgres://[2001:db8::1]:5433,[::1],h/db", [at("2001:db8::1", 5433), at("::1"), at("h")]],
    ["postgres://%2Fvar%2Frun%2Fpostgresql:5433/db", [at("/var/run/postgresql", 5433)]],
    ["postgres:///db?host=h1,h2&port=5432,5433", [at("h1", 5432), at("h2", 5433)]],
    ["postgres:///db?host=h1,h2&port=5433", [at("h1", 5433), at("h2", 5433)]],
    ["postgres:///db?host=/run/postgresql,[::1],2001:db8::1", [at("/run/postgresql"), at("::1"), at("2001:db8::1")]],
    ["postgres://u@/db?host=%2Frun%2Fpostgresql", [at("/run/postgresql")]],
    ["postgres://u@h1:5433/db?host=h2", [at("h2", 5433)]],
    ["postgres://h1:1,h2:2/db?port=3", [at("h1", 3), at("h2", 3)]],
    ["postgres://", [at(undefined)]],
    ["postgres:///db?host=h1,,h3", [at("h1"), at(undefined), at("h3")]],
  ])("%s are read in their order", (url, hosts) => expect(parseConnectionString(url).hosts).toEqual(hosts));
});

describe("the other parts of a URL", () => {
  it("are percent-decoded, and a plus sign stays", () => {
    expect(parseConnectionString("postgres://a%40b:p%2F+%25@h/my%20db?application_name=a+b&options=-c%20x%3D1").parameters).toEqual({
      user: "a@b",
      password: "p/+%",
      database: "my db",
      application_name: "a+b",
      options: "-c x=1",
      enableChannelBinding: true,
    });
  });

  it("are replaced by parameters of the same name", () => {
    expect(parseConnectionString("postgres://u:p@h/db?user=v&dbname=other&password=q").parameters).toMatchObject({
      user: "v",
      password: "q",
      database: "other",
    });
  });

  it("end credentials at the last @, as the driver did before", () => {
    const { hosts, parameters } = parseConnectionString("postgres://u:p@ss:word@h/db");
    expect([hosts, parameters.password]).toEqual([[at("h")], "p@ss:word"]);
  });

  it("say which kind of server is wanted, and in which order they are tried", () => {
    for (const kind of ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"])
      expect(parseConnectionString(`postgres://h/db?target_session_attrs=${kind}`).targetSessionAttrs).toBe(kind);
    expect(parseConnectionString("postgres://h/db")).toMatchObject({ targetSessionAttrs: undefined, shuffled: false });
    expect(parseConnectionString("postgres://a,b/db?load_balance_hosts=random").shuffled).toBe(true);
  });

  it("say in a note what has another effect than in libpq", () => {
    expect(parseConnectionString("postgres://h/db?sslmode=require").notes).toEqual([]);
    const { notes } = parseConnectionString("postgres://h/db?channel_binding=require&connect_timeout=10&gssencmode=require");
    expect(notes).toHaveLength(3);
  });

  it("take defaults from elsewhere, unless they have their own", () => {
    expect(addParameters("postgres://h/db", { sslmode: "require", sslrootcert: undefined })).toBe("postgres://h/db?sslmode=require");
    expect(addParameters("postgres://h/db?sslmode=disable", { sslmode: "require", sslrootcert: "/a b" })).toBe(
      "postgres://h/db?sslmode=disable&sslrootcert=%2Fa%20b",
    );
    expect(addParameters("postgres://h/db?ssl=true", { sslmode: "prefer" })).toBe("postgres://h/db?ssl=true");
  });
});

describe("the TLS of a URL", () => {
  it.each<[string, object]>([
    ["", { mode: "prefer", rootCert: undefined }],
    ["sslmode=disable", { mode: "disable" }],
    ["sslmode=allow", { mode: "allow" }],
    ["sslmode=require&sslcert=/c&sslkey=/k&sslpassword=p", { mode: "require", cert: "/c", key: "/k", passphrase: "p" }],
    ["sslmode=verify-ca&sslrootcert=/ca", { mode: "verify-ca", rootCert: "/ca" }],
    ["sslrootcert=system", { mode: "verify-full", rootCert: "system" }],
    ["sslmode=verify-full&sslnegotiation=direct", { mode: "verify-full", direct: true }],
    ["ssl=true", { mode: "require" }],
    ["sslmode=no-verify", { mode: "require" }],
  ])("is read from '%s'", (query, tls) => expect(parseConnectionString(`postgres://h/db?${query}`).tls).toMatchObject(tls));
});

describe("a faulty URL", () => {
  it.each<[string, RegExp]>([
    ["mysql://u:hunter2@h/db", /^be a postgres:\/\/ URL$/],
    ["postgres://u:hunter2@h:70000/db", /ports from 1 to 65535/],
    ["postgres://u:hunter2@h:0/db", /ports from 1 to 65535/],
    ["postgres://u:hunter2@h:54a/db", /ports from 1 to 65535/],
    ["postgres://u:hunter2/x@h/db", /percent-encoded/],
    ["postgres://u:12/hunter2@h/db", /percent-encoded/],
    ["postgres://u:half?hunter2@h/db", /percent-encoded/],
    ["postgres://u:half?hunter2=x@h/db", /percent-encoded/],
    ["postgres://u:hunter%2@h/db", /%25/],
    ["postgres://u:hunter2@[::1/db", /brackets/],
    ["postgres://u:hunter2@::1/db", /brackets/],
    ["postgres://u:hunter2@a,b,c/db?port=1,2", /one port, or one for each of its hosts \(3 hosts, 2 ports\)/],
    ["postgres://u:hunter2@h/db?sslmode=on", /sslmode one of disable, allow, prefer/],
    ["postgres://u:hunter2@h/db?sslmod=require", /no parameter sslmod; these are known: .*sslmode/],
    ["postgres://u:hunter2@h/db?hunter2", /name=value/],
    ["postgres://u:hunter2@h/db?target_session_attrs=master", /target_session_attrs one of any, read-write/],
    ["postgres://u:hunter2@h/db?sslcrl=/crl&schema=x", /no parameter sslcrl or schema; these/],
    ["postgres://u:hunter2@h/db?sslmode=verify-ca", /sslrootcert/],
    ["postgres://u:hunter2@h/db?sslmode=require&sslrootcert=system", /sslmode=verify-full/],
    ["postgres://u:hunter2@h/db?sslmode=prefer&sslnegotiation=direct", /sslnegotiation=direct/],
    ["postgres://u:hunter2@h/db?sslcert=/c", /sslcert and sslkey together/],
    ["postgres://u:hunter2@h/db?ssl=0", /sslmode in place of ssl/],
  ])("%s is refused with the cure, and without the password", (url, cure) => {
    const faults = faultsOf(url).join("\n");
    expect(faults).toMatch(cure);
    expect(faults).not.toMatch(/hunter|half/);
  });

  it("has all its faults reported at once", () => {
    expect(faultsOf("postgres://h:x/db?sslmode=on&target_session_attrs=master&load_balance_hosts=yes")).toHaveLength(4);
  });
});
