/** The verifier that lets the gateway check an endpoint's password without knowing it. RFC 5802, RFC 5803. Pure. */
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/**
 * `SCRAM-SHA-256$<iterations>:<salt>$<storedKey>:<serverKey>`. The password must be ASCII (SASLprep then changes
 * nothing) and random: 4096 iterations would not protect one that people chose.
 */
export function scramVerifier(password: string, salt: Uint8Array): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString("base64")}$${storedKey}:${serverKey}`;
}

/** PostgreSQL's own number, scram_iterations. */
const ITERATIONS = 4096;
