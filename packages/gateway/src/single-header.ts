/** Headers that decide something. Pure. */
import type { IncomingMessage } from "node:http";

/** A header that is there exactly once: of two, sender and receiver could each read another one. */
export function singleHeader(message: IncomingMessage, name: string): string | undefined {
  const values = message.headersDistinct[name];
  return values?.length === 1 ? values[0] : undefined;
}
