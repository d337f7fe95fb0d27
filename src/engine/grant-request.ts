/**
 * What a request must bring for each grant, by the grant's name. Every file in `grants/` adds its own member here
 * (`declare module`), so that a grant is declared in one place and nothing else lists them.
 */
export interface GrantRequests {}

/** The grants that clients may ask a token by. */
export type GrantType = keyof GrantRequests;

/** What a request asks for, before the engine decides on it. */
export type GrantRequest<Type extends GrantType = GrantType> = { [Each in Type]: { type: Each } & GrantRequests[Each] }[Type];
