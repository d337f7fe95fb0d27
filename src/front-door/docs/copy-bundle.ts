/** `make build` runs this: it puts the viewer beside the compiled page, so that an installation needs no package for it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleFiles, extractBundle } from "./bundle";

const { script, licence } = extractBundle();
writeFileSync(join(__dirname, bundleFiles.script), script);
writeFileSync(join(__dirname, bundleFiles.licence), licence);
