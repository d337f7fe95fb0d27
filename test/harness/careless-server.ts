/**
 * A server that is broken on purpose: it logs what it receives and what it answers. It runs in a process of its own, and the
 * search for secrets in logs must find it out.
 */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import pino from "pino";

const log = pino(pino.destination({ fd: 2, sync: true }));
const token = process.env.GIVES ?? "";

const server = createServer((request, response) => {
  void text(request).then((body) => {
    const { code = "" } = Object.fromEntries(new URLSearchParams(body));
    const { authorization = "" } = request.headers;
    log.info({ detail: `could not use ${authorization}` }, "request");
    log.info({ problems: [], detail: `nobody was sent ${code}.`, durationMs: 123_456 }, "request");
    log.info({ detail: `METRICS_TOKEN is ${process.env.METRICS_TOKEN ?? ""}` }, "request");
    log.info({ given: { token } }, "request");
    response.end(JSON.stringify({ access_token: token }));
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? String(address?.port) : ""}\n`);
});
