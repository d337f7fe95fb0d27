/** Replaces exports of a loaded module for every module that requires it from now on. @param id from `require.resolve` */
export function replaceExports(id: string, parts: object): void {
  const loaded = require.cache[id];
  if (loaded === undefined) throw new Error(`${id} is not loaded`);
  loaded.exports = { ...(loaded.exports as object), ...parts };
}
