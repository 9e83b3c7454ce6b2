/** MD5 password authentication of PostgreSQL, for servers that still ask for it. Pure. */
import { createHash } from "node:crypto";
import type { Secret } from "@gate/base";

/** `md5` and the hex of md5(md5(password + user) + salt); the salt is the server's four bytes. */
export function md5Password(user: string, password: Secret, salt: Uint8Array): string {
  const inner = createHash("md5").update(password.reveal()).update(user).digest("hex");
  return `md5${createHash("md5").update(inner).update(salt).digest("hex")}`;
}
