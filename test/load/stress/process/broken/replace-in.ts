/** Whoever loads that module from now on gets these in place of its own. @param id as `require.resolve` gives it */
export function replaceExports(id: string, parts: object): void {
  const loaded = require.cache[id];
  if (loaded === undefined) throw new Error(`${id} is not loaded`);
  loaded.exports = { ...(loaded.exports as object), ...parts };
}
