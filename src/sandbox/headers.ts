/** Every answer of a server with the sandbox has these, so that it is never taken for one without. */
export const sandboxHeaders = { "Polymint-Sandbox": "on" } as const;
