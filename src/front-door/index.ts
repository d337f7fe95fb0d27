import type { Page } from "../pages/framework/page";
import { makeFrame } from "./frame";
import { makeHomePage } from "./home";
import { makeIconFile } from "./icon-file";
import type { FrontDoorPorts } from "./ports";
import { listPublishedSpecs, makeSpecFiles } from "./spec-files";

/** Makes the pages for integrators, and the files beside them. */
export function makeFrontDoor(ports: FrontDoorPorts): Page[] {
  const frame = makeFrame([{ path: "/", label: "Start" }]);
  return [makeHomePage(ports, frame), makeIconFile(), ...makeSpecFiles(listPublishedSpecs(ports))];
}
