/** What a new password must be (OWASP ASVS 5 §6.2). A login does not ask: passwords that were set under earlier rules stay valid. */
import { isCommonPassword } from "./common-passwords";

/** The password cannot be taken. The message says why, without the password. */
export class UnfitPasswordError extends Error {
  override readonly name = "UnfitPasswordError";
}

/** Whose password it will be: the own name and address are too easy to guess (ASVS 6.2.11). */
export interface PasswordOwner {
  email: string;
  firstName?: string;
  lastName?: string;
  /** More words that a guesser would try first, such as the id of the user's programme. */
  otherWords?: readonly string[];
}

/** Characters. ASVS 6.2.1 asks for at least 8 and recommends 15; 6.2.9 asks for 64 to be possible. */
export const passwordLength = { least: 12, most: 128 };

/** A guesser tries the name of the product as well. */
const productWords = ["polymint"];

/**
 * Any composition is allowed (ASVS 6.2.5): what counts is the length, and that the password is none that guessers try first.
 * @throws UnfitPasswordError
 */
export async function requireFitPassword(password: string, owner: PasswordOwner): Promise<void> {
  const { least, most } = passwordLength;
  const length = Array.from(password).length;
  if (length < least || length > most) throw new UnfitPasswordError(`a password has ${least} to ${most} characters`);
  if (/\p{Cc}/u.test(password)) throw new UnfitPasswordError("a password has no line breaks or other control characters");
  if (password.trim() === "") throw new UnfitPasswordError("a password must not consist of blanks only");
  if (await isCommonPassword(password, listOwnWords(owner)))
    throw new UnfitPasswordError(
      "this password is easy to guess: it is a common one, a pattern, or made of the owner's name or address. " +
        "Choose another, such as four words that have nothing to do with each other",
    );
}

function listOwnWords({ email, firstName = "", lastName = "", otherWords = [] }: PasswordOwner): string[] {
  return [email, firstName, lastName, ...otherWords, ...productWords];
}
