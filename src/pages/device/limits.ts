import type { AttemptSubject } from "../../limits/counted-attempt";

const windowSeconds = 10 * 60;
const perNetwork = { failures: 10, windowSeconds };
const perPerson = { failures: 20, windowSeconds };

/**
 * The counts that entering a user code adds to (RFC 8628 §5.1). A right code clears no count: otherwise a person with a
 * code of their own could guess for ever.
 * @param personId undefined before the person has logged in
 */
export function listUserCodeSubjects(network: string, personId: string | undefined): AttemptSubject[] {
  const subjects: AttemptSubject[] = [{ key: `user code from ${network}`, limit: perNetwork }];
  if (personId !== undefined) subjects.push({ key: `user code by ${personId}`, limit: perPerson });
  return subjects;
}
