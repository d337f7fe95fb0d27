/** Somebody who logs in at our pages. */
export interface Person {
  /** Digits, few enough for a JSON number. */
  id: string;
  email: string;
  emailVerified: boolean;
  firstName: string;
  lastName: string;
  countryCode: string | null;
  picture: string | null;
  region: string | null;
  /** What the person may do at the resource servers. */
  roles: readonly string[];
  status: "active" | "disabled";
  /** Epoch seconds. */
  updatedAt: number;
}

/** A person's login, as far as tokens tell of it. */
export interface PersonLogin {
  person: Person;
  /** Epoch seconds of when the person proved who they are (OIDC Core §2, `auth_time`). */
  authTime: number;
  nonce?: string;
}
