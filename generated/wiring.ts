// Generated from openapi/ by `make codegen`. Do not edit.
import { wire } from "../src/contracts/wire";
import contract0 from "../src/contracts/abbeycross";
import type { operations as Operations0 } from "./abbeycross";
import spec0 from "./abbeycross.json";
import contract1 from "../src/contracts/firstvision";
import type { operations as Operations1 } from "./firstvision";
import spec1 from "./firstvision.json";
import contract2 from "../src/contracts/raidiam";
import type { operations as Operations2 } from "./raidiam";
import spec2 from "./raidiam.json";
import contract3 from "../src/contracts/screening-eagle";
import type { operations as Operations3 } from "./screening-eagle";
import spec3 from "./screening-eagle.json";
import contract4 from "../src/contracts/weavr";
import type { operations as Operations4 } from "./weavr";
import spec4 from "./weavr.json";

export const wiring = [
  wire<Operations0>("abbeycross", spec0, contract0),
  wire<Operations1>("firstvision", spec1, contract1),
  wire<Operations2>("raidiam", spec2, contract2),
  wire<Operations3>("screening-eagle", spec3, contract3),
  wire<Operations4>("weavr", spec4, contract4),
];
