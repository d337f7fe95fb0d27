/**
 * Object identifiers of attribute types by their names: those of RFC 4514 §3 and RFC 4519 §2, and others that certificate
 * authorities and `openssl x509 -nameopt RFC2253` write. In lower case, because case does not matter.
 */
const identifiers: Readonly<Record<string, string>> = {
  cn: "2.5.4.3",
  commonname: "2.5.4.3",
  sn: "2.5.4.4",
  surname: "2.5.4.4",
  serialnumber: "2.5.4.5",
  c: "2.5.4.6",
  countryname: "2.5.4.6",
  l: "2.5.4.7",
  localityname: "2.5.4.7",
  st: "2.5.4.8",
  stateorprovincename: "2.5.4.8",
  street: "2.5.4.9",
  streetaddress: "2.5.4.9",
  o: "2.5.4.10",
  organizationname: "2.5.4.10",
  ou: "2.5.4.11",
  organizationalunitname: "2.5.4.11",
  title: "2.5.4.12",
  description: "2.5.4.13",
  businesscategory: "2.5.4.15",
  postalcode: "2.5.4.17",
  name: "2.5.4.41",
  gn: "2.5.4.42",
  givenname: "2.5.4.42",
  initials: "2.5.4.43",
  generationqualifier: "2.5.4.44",
  dnqualifier: "2.5.4.46",
  pseudonym: "2.5.4.65",
  organizationidentifier: "2.5.4.97",
  uid: "0.9.2342.19200300.100.1.1",
  userid: "0.9.2342.19200300.100.1.1",
  dc: "0.9.2342.19200300.100.1.25",
  domaincomponent: "0.9.2342.19200300.100.1.25",
  e: "1.2.840.113549.1.9.1",
  emailaddress: "1.2.840.113549.1.9.1",
  jurisdictionl: "1.3.6.1.4.1.311.60.2.1.1",
  jurisdictionlocalityname: "1.3.6.1.4.1.311.60.2.1.1",
  jurisdictionst: "1.3.6.1.4.1.311.60.2.1.2",
  jurisdictionstateorprovincename: "1.3.6.1.4.1.311.60.2.1.2",
  jurisdictionc: "1.3.6.1.4.1.311.60.2.1.3",
  jurisdictioncountryname: "1.3.6.1.4.1.311.60.2.1.3",
};

/** @param written a name or an object identifier @returns the object identifier; undefined for an unknown name */
export function findAttributeType(written: string): string | undefined {
  if (/^[0-2](\.(0|[1-9]\d{0,15}))+$/.test(written)) return written;
  const name = written.toLowerCase();
  return Object.hasOwn(identifiers, name) ? identifiers[name] : undefined;
}
