import { startPolymint } from "../../src/testkit";
import { screeningEagleRows } from "./rows/screening-eagle";
import { raidiamRows } from "./rows/raidiam";
import { proveTable } from "./table";
import type { World } from "./world";

const world = {} as World;
beforeAll(async () => {
  world.polymint = await startPolymint();
});
afterAll(() => world.polymint.stop());

proveTable([...screeningEagleRows(world), ...raidiamRows(world)], () => world.polymint);
