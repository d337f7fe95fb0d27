import type { PlacedContract } from "../contracts/wire";
import type { Clock } from "../engine/client";
import type { OpensAt } from "../engine/working-hours";
import type { Spec } from "../http/api";
import type { FrontDoorDemo } from "./options";

/** A contract, and whether it is served. */
export interface DoorContract {
  contract: PlacedContract;
  enabled: boolean;
  /** Undefined: always open. */
  opensAt: OpensAt | undefined;
}

/** A supporting API. */
export interface DoorService {
  name: string;
  spec: Spec;
  enabled: boolean;
}

/** What the pages for integrators are made of. */
export interface FrontDoorPorts {
  /** Base of the URLs that clients call, without a trailing slash. */
  issuer: string;
  contracts: readonly DoorContract[];
  services: readonly DoorService[];
  demo: FrontDoorDemo | undefined;
  clock: Clock;
}
