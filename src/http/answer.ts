import type { Response } from "express";
import type { Reply } from "./api";

/**
 * Sends a reply; no other code writes to a contract's response. A token server's answers must not be stored (RFC 6749 §5.1)
 * unless the operation declares otherwise.
 * @param validated sends through `res.json`, where the validator checks the answer; that costs several microseconds
 */
export function sendReply(response: Response, reply: Reply, validated: boolean): void {
  response.statusCode = reply.status;
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
  for (const [name, value] of Object.entries(reply.headers ?? {})) if (value !== undefined) response.setHeader(name, value);
  if (reply.body === undefined) {
    response.setHeader("Content-Length", "0");
    response.end();
    return;
  }
  response.setHeader("Content-Type", reply.type ?? "application/json; charset=utf-8");
  if (validated) {
    response.json(reply.body);
    return;
  }
  const bytes = Buffer.from(JSON.stringify(reply.body));
  response.setHeader("Content-Length", bytes.length);
  response.end(bytes);
}
