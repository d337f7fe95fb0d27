import { hostname, userInfo } from "node:os";

/** Who runs this process: what the operating system says, which a user without an account may have only by number. */
export function findOperator(): { osUser: string; host: string } {
  return { osUser: findUserName(), host: hostname() };
}

function findUserName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
