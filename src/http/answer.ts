import type { OutgoingHttpHeaders } from "node:http";
import type { Response } from "express";
import { Refusal } from "../engine/refusal";
import type { Reply } from "./api";

/**
 * Sends a reply; no other code writes to a contract's response. A token server's answers must not be stored (RFC 6749 §5.1)
 * unless the operation declares otherwise.
 * @param validated sends through `res.json`, where the validator checks the answer; that costs several microseconds
 */
export function sendReply(response: Response, reply: Reply, validated: boolean): void {
  const headers: OutgoingHttpHeaders = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };
  for (const [name, value] of Object.entries(reply.headers ?? {})) if (value !== undefined) headers[name] = value;
  if (reply.body !== undefined) headers["Content-Type"] = reply.type ?? "application/json; charset=utf-8";
  if (validated && reply.body !== undefined) {
    response.status(reply.status).set(headers).json(reply.body);
    return;
  }
  // As text, because Node sends the headers and a text in one piece.
  const text = reply.body === undefined ? "" : JSON.stringify(reply.body);
  // A 204 ends with its headers and must not tell a length (RFC 9110 §8.6).
  if (reply.status !== 204) headers["Content-Length"] = Buffer.byteLength(text);
  response.writeHead(reply.status, headers).end(text);
}

/** Where a contract's own form cannot be had. It tells no more than the status. */
const plainFailure: Reply = { status: 500, body: { error: "server_error" } };

/**
 * Sends what an api answers to a refusal. The code of a contract may fail here too, and that of another folder is not tested
 * with this server: then the answer is a plain 500.
 * @returns what was sent, and why, with both faults if there were two
 */
export function sendRefusal(
  response: Response,
  refuse: () => Reply,
  refusal: Refusal,
  validated: boolean,
): { reply: Reply; refusal: Refusal } {
  try {
    const reply = refuse();
    sendReply(response, reply, validated);
    return { reply, refusal };
  } catch (cause) {
    if (response.headersSent) throw cause;
    sendReply(response, plainFailure, false);
    const detail = `the refusal could not be answered in the contract's form; it was ${refusal.code}: ${refusal.message}`;
    return { reply: plainFailure, refusal: new Refusal("server_error", detail, { cause }) };
  }
}
