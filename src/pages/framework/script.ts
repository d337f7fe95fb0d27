import { createHash } from "node:crypto";
import { Html } from "./html";

/** A script that is part of a page, as the style is. Every page works without its scripts too. */
export interface PageScript {
  element: Html;
  /** The script as a Content-Security-Policy names it (CSP Level 3 §2.3.1). */
  source: string;
  /** Whether it sends requests, which go to this server only. */
  fetches: boolean;
}

/**
 * Makes a script of a page. It stands at the end of the body, so that it finds the content.
 * @param code a constant: values of a request belong into the content
 * @throws Error if the code would end its own element (HTML §13.1.3)
 */
export function makeScript(code: string, { fetches = false }: { fetches?: boolean } = {}): PageScript {
  if (/<\/script|<script|<!--/i.test(code)) throw new Error("the code of a page must not contain <script, </script or <!--");
  const digest = createHash("sha256").update(code).digest("base64");
  // Not through the tag: the policy has the hash of exactly these characters.
  return { element: new Html(`<script>${code}</script>`), source: `'sha256-${digest}'`, fetches };
}
