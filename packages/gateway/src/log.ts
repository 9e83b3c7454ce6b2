/** Structured logs: one JSON object a line, never a body, never a secret. */
import { pino, type DestinationStream, type Logger } from "pino";

export type Log = Logger;

export function createLog(options: { readonly level?: string; readonly destination?: DestinationStream } = {}): Log {
  const settings = {
    level: options.level ?? "info",
    base: { service: "gate" },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: { paths: REDACTED_PATHS, censor: "[redacted]" },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}

const SECRET_NAMES = [
  "authorization",
  "dpop",
  "cookie",
  "password",
  "secret",
  "token",
  "access_token",
  "subject_token",
  "subjectToken",
  "accessToken",
  "credential",
  "private_key",
  "privateKey",
];

/** At the top and two levels down: what the code base logs is flat. */
const REDACTED_PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
