import type { Page } from "../../pages/framework/page";
import type { Frame } from "../frame";
import type { FrontDoorPorts } from "../ports";
import { makeCallbackPage } from "./callback-page";
import { makeCodeCookie } from "./code-cookie";
import { makeCodePage } from "./code-page";
import { makeDevicePlaygroundPage } from "./device-page";
import type { PlaygroundPorts } from "./ports";
import { makeRequestPage } from "./request-page";

/** Makes the pages where an integrator asks this server for tokens and sees what goes over the wire. */
export function makePlaygroundPages({ engine, contracts, services, ...shared }: FrontDoorPorts, frame: Frame): Page[] {
  const ports: PlaygroundPorts = {
    ...shared,
    ...engine,
    frame,
    all: contracts.filter(({ enabled }) => enabled).map(({ contract }) => contract),
    services: services.filter(({ enabled }) => enabled),
  };
  const cookie = makeCodeCookie(ports.issuer);
  return [makeRequestPage(ports), makeCodePage(ports, cookie), makeCallbackPage(ports, cookie), makeDevicePlaygroundPage(ports)];
}
