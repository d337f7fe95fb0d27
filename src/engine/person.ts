/** A person who logs in on our pages. */
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

/** A person's login, as far as it shows in tokens. */
export interface PersonLogin {
  person: Person;
  /** When the person authenticated, in epoch seconds (OIDC Core §2, `auth_time`). */
  authTime: number;
  nonce?: string;
}
