import type { PlacedContract } from "../../contracts/wire";
import type { Frame } from "../frame";
import type { DoorService, FrontDoorPorts, PlaygroundEngine } from "../ports";

/** What the pages of the playground are made of. */
export interface PlaygroundPorts extends PlaygroundEngine, Pick<FrontDoorPorts, "issuer" | "inner" | "demo" | "clock"> {
  frame: Frame;
  /** Those that are switched on. */
  all: readonly PlacedContract[];
  /** The supporting APIs that are switched on. */
  services: readonly DoorService[];
}
