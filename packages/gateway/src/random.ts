/** Random ids. */
import { randomBytes } from "node:crypto";

/** `ses_…`: 144 random bits, safe in URLs, file names and headers. */
export function randomId(prefix: string): string {
  return `${prefix}_${randomBytes(18).toString("base64url")}`;
}
