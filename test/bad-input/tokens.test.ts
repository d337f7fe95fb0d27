import { startPolymint } from "../../src/testkit";
import { raidiamRows } from "./rows/raidiam";
import { screeningEagleRows } from "./rows/screening-eagle";
import { abbeycrossRows, firstvisionRows } from "./rows/shared-secrets";
import { weavrRows } from "./rows/weavr";
import { proveTable } from "./table";
import type { World } from "./world";

const world = {} as World;
beforeAll(async () => {
  world.polymint = await startPolymint();
});
afterAll(() => world.polymint.stop());

proveTable(
  [...screeningEagleRows(world), ...raidiamRows(world), ...weavrRows(world), ...abbeycrossRows(world), ...firstvisionRows(world)],
  () => world.polymint,
);
