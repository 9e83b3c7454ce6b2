/** Reading the rows that the catalogue queries returned. Pure. */
import { SqlError } from "./errors.ts";

/** @throws {SqlError} CATALOGUE_MALFORMED for a null. */
export function text(value: string | null | undefined): string {
  if (typeof value !== "string") throw malformed();
  return value;
}

/** @throws {SqlError} CATALOGUE_MALFORMED for anything but an integer. */
export function integer(value: string | null | undefined): number {
  const number = Number(text(value));
  if (!Number.isInteger(number)) throw malformed();
  return number;
}

function malformed(): SqlError {
  return new SqlError("CATALOGUE_MALFORMED", "peer-wrong", "the server's catalogue rows are not what was asked for");
}
