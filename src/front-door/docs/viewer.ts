import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Refusal } from "../../engine/refusal";
import type { HtmlReply, Page } from "../../pages/framework/page";
import { bundleFiles, extractBundle } from "./bundle";

/** The program that shows a spec, with a form to try it and code samples. It is loaded when the first page asks for it. */
export interface Viewer {
  /** @returns a relative reference to the program, which changes with its content; undefined if it is not installed */
  load(): Promise<string | undefined>;
  file: Page;
}

/** What a page with the viewer needs beside its content. The viewer makes style elements of its own, so that no hash can name them. */
export const viewerNeeds = {
  sources: { "script-src": ["'self'"], "style-src": ["'unsafe-inline'"] },
} satisfies Pick<HtmlReply, "sources">;

const path = "/docs-viewer.js";

interface LoadedViewer {
  version: string;
  compressed: Buffer;
}

/** Makes the viewer. Nothing is read before the first page asks for it: it has 5 MB, a third of that compressed. */
export function makeViewer(): Viewer {
  let loading: Promise<LoadedViewer | undefined> | undefined;
  const loadOnce = (): Promise<LoadedViewer | undefined> => (loading ??= loadViewer());
  return {
    load: async () => {
      const loaded = await loadOnce();
      return loaded === undefined ? undefined : `.${path}?v=${loaded.version}`;
    },
    file: {
      path,
      isFile: true,
      enabled: true,
      get: async ({ query }) => {
        const loaded = await loadOnce();
        if (loaded === undefined) throw new Refusal("not_found", "the viewer is not installed");
        const caching = query("v") === loaded.version ? "public, max-age=31536000, immutable" : "no-cache";
        // Compressed for every caller: one that names no encoding takes any (RFC 9110 §12.5.3), and only browsers call.
        const headers = { "Content-Encoding": "gzip", "Cache-Control": caching };
        return { file: loaded.compressed, type: "text/javascript; charset=utf-8", headers };
      },
    },
  };
}

/** @returns undefined where it is neither built nor installed: the page then shows its own reference alone */
async function loadViewer(): Promise<LoadedViewer | undefined> {
  const built = join(__dirname, bundleFiles.script);
  const script = existsSync(built) ? await readFile(built) : readInstalled();
  if (script === undefined) return undefined;
  const version = createHash("sha256").update(script).digest("hex").slice(0, 16);
  return { version, compressed: await promisify(gzip)(script) };
}

function readInstalled(): Buffer | undefined {
  try {
    return Buffer.from(extractBundle().script);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
