import type { Page } from "../pages/framework/page";
import { makeDocsPage } from "./docs";
import { makeViewer } from "./docs/viewer";
import { makeErrorsPage } from "./errors";
import { makeFrame } from "./frame";
import { makeHomePage } from "./home";
import { makeIconFile } from "./icon-file";
import { makePlaygroundPages } from "./playground";
import { makeSandboxPage } from "./sandbox";
import type { FrontDoorPorts } from "./ports";
import { listPublishedSpecs, makeSpecFiles } from "./spec-files";

/** Makes the pages for integrators, and the files beside them. */
export function makeFrontDoor(ports: FrontDoorPorts): Page[] {
  const frame = makeFrame([
    { path: "/", label: "Start" },
    { path: "/docs", label: "Reference" },
    { path: "/errors", label: "Errors" },
    { path: "/playground", label: "Playground" },
    ...(ports.sandbox === undefined ? [] : [{ path: "/sandbox", label: "Sandbox" } as const]),
  ]);
  const specs = listPublishedSpecs(ports);
  const viewer = makeViewer();
  const pages = [makeHomePage(ports, frame), makeDocsPage(specs, viewer, frame), makeErrorsPage(specs, frame)];
  const served = specs.filter(({ enabled }) => enabled).map(({ name }) => name);
  if (ports.sandbox !== undefined) pages.push(makeSandboxPage(ports.sandbox, served, frame));
  const reading = [...pages, makeIconFile(), viewer.file, ...makeSpecFiles(specs)].map((page) => ({ ...page, reads: true as const }));
  return [...reading, ...makePlaygroundPages(ports, frame)];
}
