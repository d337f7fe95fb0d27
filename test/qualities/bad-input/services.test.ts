import { startPolymint } from "../../../src/testkit";
import { oauth2Rows } from "./rows/oauth2";
import { stepUpRows } from "./rows/step-up";
import { userinfoRows } from "./rows/userinfo";
import { proveTable } from "./matrix";
import type { World } from "./fixture";

const world = {} as World;
beforeAll(async () => {
  world.polymint = await startPolymint();
});
afterAll(() => world.polymint.stop());

proveTable([...oauth2Rows(world), ...userinfoRows(world), ...stepUpRows(world)], () => world.polymint);
