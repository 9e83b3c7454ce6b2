/** The gateway's signing key: Ed25519, PKCS #8 in PEM. Touches node:crypto only; files are the caller's. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { RecordingError } from "./errors.ts";
import { formatVkey, type Signer } from "./note.ts";

/**
 * A signer from a PEM text (PKCS #8, not encrypted).
 * @param name key name in notes and vkeys: no white space, no `+`.
 * @throws {RecordingError} KEY_INVALID. The message never holds the text.
 */
export function loadSigner(pem: string, name = "gate"): Signer {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The cause is left out on purpose: it could quote the key.
    throw invalid();
  }
  if (key.asymmetricKeyType !== "ed25519") throw invalid();
  if (!/^[^\s+]{1,128}$/u.test(name)) {
    throw new RecordingError("KEY_INVALID", "operator", "a key name has neither white space nor `+`");
  }
  const jwk = createPublicKey(key).export({ format: "jwk" });
  const vkey = formatVkey(name, Buffer.from(jwk.x as string, "base64url"));
  return { name, vkey, sign: (bytes) => sign(null, bytes, key) };
}

/** A new private key as PEM, for `gate keygen` and a gateway's first start. Write it with mode 0600. */
export function generateKeyPem(): string {
  return generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** A signer with a key that exists only in memory: the embedded gate and tests. */
export function generateSigner(name = "gate"): Signer {
  return loadSigner(generateKeyPem(), name);
}

function invalid(): RecordingError {
  const next = "write a new one with `gate keygen -o gate.key`";
  return new RecordingError("KEY_INVALID", "operator", `the signing key is no Ed25519 private key in PEM; ${next}`);
}
