export { base64url, constantTimeEqual, decodeUtf8, hmacSha256, sha256Hex } from "./bytes.ts";
export { ManualClock, systemClock, type Clock } from "./clock.ts";
export { assertNever, GateError, messageOf, type ErrorKind } from "./errors.ts";
export { Secret } from "./secret.ts";
export { VERSION } from "./version.ts";
