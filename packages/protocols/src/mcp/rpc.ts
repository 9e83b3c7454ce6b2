/** Answers that the gate gives itself, as JSON-RPC texts (CONTRACT §6: -32001 with rule, session, entry, hint). Pure. */
import type { Refusal } from "@gate/contract";
import type { WebError } from "../web/errors.ts";
import { McpError } from "./errors.ts";

/** @param id as written; `undefined`: the message cannot be told, which JSON-RPC says with null */
export function errorText(
  id: string | undefined,
  code: number,
  message: string,
  data?: Readonly<Record<string, unknown>>,
): string {
  const error = JSON.stringify({ code, message, ...(data === undefined ? {} : { data }) });
  return `{"jsonrpc":"2.0","id":${id ?? "null"},"error":${error}}`;
}

export function refusalText(id: string | undefined, refusal: Refusal, session: string): string {
  return errorText(id, REFUSED, refusal.message, {
    rule: refusal.rule,
    reason: refusal.reason,
    session,
    entry: refusal.entry,
    ...(refusal.hint === undefined ? {} : { hint: refusal.hint }),
  });
}

export function failureText(id: string | undefined, error: McpError | WebError): string {
  const message = error.message.startsWith("gate: ") ? error.message : `gate: ${error.message}`;
  return error instanceof McpError
    ? errorText(id, error.rpcCode, message, error.data)
    : errorText(id, TARGET_FAILED, message);
}

/** What the policy refused. */
export const REFUSED = -32001;
/** The target could not be reached, or its answer not be passed on. */
export const TARGET_FAILED = -32000;
