/** The option of every command about a project. */
export const rootOption: readonly [string, string, string] = ["--root <folder>", "the project: the folder that has openapi/", "."];
