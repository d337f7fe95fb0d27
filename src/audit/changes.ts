import { hostname, userInfo } from "node:os";

/** Who runs this process: what the operating system says, which a user without an account may have only by number. */
export function whoRuns(): { osUser: string; host: string } {
  return { osUser: userName(), host: hostname() };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
