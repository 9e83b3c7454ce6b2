/** Preferences of a client about waiting (RFC 7240). Pure. */
import { headersOf, type RequestHead } from "./request-head.ts";

export interface Prefer {
  /** Do not wait for people: answer 202. */
  readonly async: boolean;
  /** Wait this long, then answer 202. */
  readonly waitMs: number | undefined;
}

export function readPrefer(head: Pick<RequestHead, "headers">): Prefer {
  const values = headersOf(head, "prefer");
  if (values.length === 0) return NONE;
  let async = false;
  let waitMs: number | undefined;
  for (const preference of values.join(",").split(",")) {
    const [name = "", value] = (preference.split(";", 1)[0] ?? "").split("=");
    if (name.trim().toLowerCase() === "respond-async") async = true;
    const seconds = /^\s*"?(\d{1,5})"?\s*$/.exec(value ?? "")?.[1];
    if (name.trim().toLowerCase() === "wait" && seconds !== undefined) waitMs ??= Number(seconds) * 1000;
  }
  return { async, waitMs };
}

const NONE: Prefer = { async: false, waitMs: undefined };

/** The other preferences of one header, in order: what the target is told besides how long to wait. */
export function withoutWaiting(value: string): string {
  return value
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "" && !/^(?:respond-async|wait)\s*(?:[=;]|$)/i.test(each))
    .join(", ");
}
