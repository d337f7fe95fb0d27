// Generated from openapi/ by `make codegen`. Do not edit.
import { wire } from "../src/contracts/wire";
import { type ServiceDefinition, wireService } from "../src/services/service";
import definition0 from "../src/contracts/abbeycross";
import type { operations as Operations0 } from "./abbeycross";
import spec0 from "./abbeycross.json";
import definition1 from "../src/contracts/firstvision";
import type { operations as Operations1 } from "./firstvision";
import spec1 from "./firstvision.json";
import definition2 from "../src/contracts/raidiam";
import type { operations as Operations2 } from "./raidiam";
import spec2 from "./raidiam.json";
import definition3 from "../src/contracts/screening-eagle";
import type { operations as Operations3 } from "./screening-eagle";
import spec3 from "./screening-eagle.json";
import definition4 from "../src/contracts/weavr";
import type { operations as Operations4 } from "./weavr";
import spec4 from "./weavr.json";
import definition5 from "../src/services/device-authorization";
import type { operations as Operations5 } from "./services/device-authorization";
import spec5 from "./services/device-authorization.json";
import definition6 from "../src/services/discovery";
import type { operations as Operations6 } from "./services/discovery";
import spec6 from "./services/discovery.json";
import definition7 from "../src/services/health";
import type { operations as Operations7 } from "./services/health";
import spec7 from "./services/health.json";
import definition8 from "../src/services/oauth2";
import type { operations as Operations8 } from "./services/oauth2";
import spec8 from "./services/oauth2.json";
import definition9 from "../src/services/recorder";
import type { operations as Operations9 } from "./services/recorder";
import spec9 from "./services/recorder.json";
import definition10 from "../src/services/sandbox";
import type { operations as Operations10 } from "./services/sandbox";
import spec10 from "./services/sandbox.json";
import definition11 from "../src/services/userinfo";
import type { operations as Operations11 } from "./services/userinfo";
import spec11 from "./services/userinfo.json";
import definition12 from "../src/services/weavr-login";
import type { operations as Operations12 } from "./services/weavr-login";
import spec12 from "./services/weavr-login.json";
import definition13 from "../src/services/weavr-step-up";
import type { operations as Operations13 } from "./services/weavr-step-up";
import spec13 from "./services/weavr-step-up.json";

export const wiring = [
  wire<Operations0, "abbeycross">("abbeycross", spec0, definition0),
  wire<Operations1, "firstvision">("firstvision", spec1, definition1),
  wire<Operations2, "raidiam">("raidiam", spec2, definition2),
  wire<Operations3, "screening-eagle">("screening-eagle", spec3, definition3),
  wire<Operations4, "weavr">("weavr", spec4, definition4),
];

export const services = [
  wireService("device-authorization", spec5, definition5 satisfies ServiceDefinition<Operations5, never>),
  wireService("discovery", spec6, definition6 satisfies ServiceDefinition<Operations6, never>),
  wireService("health", spec7, definition7 satisfies ServiceDefinition<Operations7, never>),
  wireService("oauth2", spec8, definition8 satisfies ServiceDefinition<Operations8, never>),
  wireService("recorder", spec9, definition9 satisfies ServiceDefinition<Operations9, never>),
  wireService("sandbox", spec10, definition10 satisfies ServiceDefinition<Operations10, never>),
  wireService("userinfo", spec11, definition11 satisfies ServiceDefinition<Operations11, never>),
  wireService("weavr-login", spec12, definition12 satisfies ServiceDefinition<Operations12, never>),
  wireService("weavr-step-up", spec13, definition13 satisfies ServiceDefinition<Operations13, never>),
] as const;
