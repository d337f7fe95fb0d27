import { sendRaw } from "./raw-http";
import type { Running } from "./running";
import { sendBytes } from "./send-bytes";
import type { Subject } from "./subject";

/** Tests methods and paths that are not the contract's, and targets that Express and the validator would read differently. */
export function testTargets(at: () => Running): void {
  it.each(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])("answers %s with 405 and Allow, unless it is declared", async (method) => {
    const { polymint, subject, expectAnswer } = at();
    if (subject.methods.includes(method)) return;
    const answer = await sendHead(polymint.url, subject, method, subject.path);
    const status = subject.statusOf("method_not_allowed");
    if (status === 405) expect(answer.headers.allow).toBe(subject.methods.join(", "));
    expectAnswer(answer, status);
  });

  it("answers 404 in the contract's shape below, beside and around the path", async () => {
    const { polymint, subject, expectAnswer } = at();
    const { path, demo } = subject;
    const targets = [`${path}/`, `${path}/more`, path.toUpperCase(), path.replace("/", "//")].filter((target) => target !== path);
    for (const target of targets)
      expectAnswer(await sendBytes(`${polymint.url}${target}`, demo.method, "", subject.host), subject.statusOf("not_found"), target);
  });

  it.each([
    ["an absolute-form target of another host", (path: string) => `http://elsewhere.test${path}`],
    ["a target with #", (path: string) => `${path}#x`],
    ["an absolute-form target with #", (path: string, host: string) => `http://${host}${path}#x`],
  ])("refuses %s in the contract's shape", async (_what, make) => {
    const { polymint, subject, expectAnswer } = at();
    expectAnswer(
      await sendHead(polymint.url, subject, subject.demo.method, make(subject.path, hostOf(subject))),
      subject.statuses.badTarget,
    );
  });

  it("refuses a query that holds a NUL or is not UTF-8", async () => {
    const { polymint, subject, expectAnswer } = at();
    for (const query of ["a=%00", "a=%ff", "a=%"])
      expectAnswer(
        await sendBytes(`${polymint.url}${subject.path}?${query}`, subject.demo.method, "", subject.host),
        subject.statuses.malformed,
        query,
      );
  });

  it("refuses two Authorization headers", async () => {
    const { polymint, subject } = at();
    const headers = "Authorization: Basic YTpi\r\nAuthorization: Basic Yzpk\r\n";
    const answer = await sendHead(polymint.url, subject, subject.demo.method, subject.path, headers);
    expect(answer.status).toBe(subject.statuses.badTarget);
  });
}

/** The host that a request names: the contract's own, else that of the issuer of a test server. */
function hostOf({ host: { host = "polymint.test" } }: Subject): string {
  return host;
}

/** Sends a request without a body. */
async function sendHead(url: string, subject: Subject, method: string, target: string, headers = "") {
  const answer = await sendRaw(url, `${method} ${target} HTTP/1.1\r\nHost: ${hostOf(subject)}\r\nContent-Length: 0\r\n${headers}\r\n`);
  return { status: answer.status, headers: answer.headers, text: answer.body };
}
