import { prepareAuthlib, prepareCollectionPrograms, prepareGoOidc } from "./prepare";

// For `make test`: a build beside the tests would take the processor from those that measure time.
for (const prepare of [prepareAuthlib, prepareGoOidc, prepareCollectionPrograms]) {
  const prepared = prepare();
  if (typeof prepared === "string") process.stderr.write(`${prepared}: its tests will be skipped.\n`);
}
