/**
 * The parameters of a request for each grant, by the grant's name. Every file in `grants/` adds its own member here
 * (`declare module`), so that a grant is declared in one place only.
 */
export interface GrantRequests {}

/** The names of all grants. */
export type GrantType = keyof GrantRequests;

/** A request for one of the grants, before the engine decides on it. */
export type GrantRequest<Type extends GrantType = GrantType> = { [Each in Type]: { type: Each } & GrantRequests[Each] }[Type];
