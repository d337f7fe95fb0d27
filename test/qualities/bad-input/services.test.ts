/** The matrix of bad input at introspection, revocation, userinfo, login and step-up. */
import { startPolymint } from "../../../src/testkit";
import { oauth2Rows } from "./rows/oauth2";
import { stepUpRows } from "./rows/step-up";
import { userinfoRows } from "./rows/userinfo";
import { defineMatrixTests } from "./matrix";
import type { ServerFixture } from "./fixture";

const fixture = {} as ServerFixture;
beforeAll(async () => {
  fixture.polymint = await startPolymint();
});
afterAll(() => fixture.polymint.stop());

defineMatrixTests([...oauth2Rows(fixture), ...userinfoRows(fixture), ...stepUpRows(fixture)], () => fixture.polymint);
