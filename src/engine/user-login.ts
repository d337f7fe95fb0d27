/** How long a login of a programme's user reaches. Seconds. */
export interface UserLoginTimes {
  /** From the login to the end of everything that came of it. */
  maxSeconds: number;
  /** From a stronger authentication until tokens are `STANDARD` again. */
  stepUpSeconds: number;
}

export const defaultUserLoginTimes: UserLoginTimes = { maxSeconds: 12 * 3600, stepUpSeconds: 15 * 60 };

/** The family that a token belongs to. No token lives longer than its family. Times are epoch seconds. */
export interface FamilyBounds {
  /** A UUID; null for the tokens of an auth token that came from a server without families of users. */
  id: string | null;
  /** When the person or the user logged in. */
  authTime: number;
  expiresAt: number;
}

/** The login of a user, which begins a family. */
export interface UserLogin extends FamilyBounds {
  id: string;
  programmeId: string;
  userId: string;
}
