import { BlockList, isIP } from "node:net";

/** A file that a vendor's file leads to may take this long, in milliseconds, redirects included. */
export const fetchTimeoutMs = 30_000;

const mostRedirects = 10;

/** Networks that the person's machine reaches and the vendor does not (RFC 6890 §2.2), in any spelling, also where IPv6 embeds IPv4. */
const internal = new BlockList();
for (const network of ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"])
  addNetwork(network, "ipv4");
for (const network of ["::/127", "fc00::/7", "fe80::/10"]) addNetwork(network, "ipv6");

function addNetwork(network: string, version: "ipv4" | "ipv6"): void {
  const [address = "", bits] = network.split("/");
  internal.addSubnet(address, Number(bits), version);
}

/** Whether a host is inside by what it is called. What a name of the public DNS leads to is not looked at. */
export function isInternal(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, "");
  const version = isIP(bare);
  if (version === 0) return !bare.includes(".") || /\.(?:localhost|local|internal)\.?$/.test(bare);
  return internal.check(bare, version === 4 ? "ipv4" : "ipv6");
}

/**
 * Gets what is at a URL, and follows redirects. Neither a reference nor a redirect leads into a network that only the person
 * reaches: a vendor could make requests there with it.
 * @param named the host that the person named, which may be inside
 * @param maxBytes after decompression
 * @returns the text, and the URL where it was found: references in it start from there (RFC 3986 §5.1.3)
 * @throws Error with what went wrong
 */
export async function fetchText(
  url: string,
  named: string | undefined,
  maxBytes: number,
): Promise<{ text: string; url: string; type?: string }> {
  const response = await followRedirects(new URL(url), named, AbortSignal.timeout(fetchTimeoutMs), mostRedirects);
  if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
    chunks.push(bytes);
  }
  const type = response.headers.get("content-type");
  return { text: Buffer.concat(chunks).toString("utf8"), url: response.url || url, ...(type !== null && { type }) };
}

async function followRedirects(url: URL, named: string | undefined, signal: AbortSignal, left: number): Promise<Response> {
  if (!/^https?:$/.test(url.protocol)) throw new Error(`it leads to ${url.href}, and only http and https are followed`);
  if (url.hostname !== named && isInternal(url.hostname))
    throw new Error(
      `${url.hostname} is in a private network, where a vendor's file must not lead; download the file, and refer to the copy`,
    );
  const headers = { accept: "application/yaml, application/json;q=0.9, */*;q=0.8" };
  const response = await fetch(url, { signal, headers, redirect: "manual" });
  const location = response.headers.get("location");
  if (response.status < 300 || response.status > 399 || location === null) return response;
  await response.body?.cancel();
  if (left === 0) throw new Error(`it leads on more than ${mostRedirects} times`);
  return followRedirects(new URL(location, url), named, signal, left - 1);
}
