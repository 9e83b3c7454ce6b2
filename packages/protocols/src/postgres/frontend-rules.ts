/**
 * The messages that a client may send, and how long each may be. Pure.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import type { FrameRule } from "./frames.ts";

/** Longest text of a Query or Parse that is judged, in bytes; a longer one is refused. */
export const SQL_BYTES_MAX = 8 * 1024 * 1024;
/** Longest Bind that is collected, in bytes; a longer one streams through. */
export const BIND_BYTES_MAX = 1024 * 1024;
/** Longest CopyData that is collected, in bytes; a longer one streams through. */
export const COPY_BYTES_MAX = 65_536;
/** Longest length field of messages that carry data: PostgreSQL's MaxAllocSize - 1. */
const LARGE_LENGTH_MAX = 0x3fff_fffe;
/** Longest length field of the other messages: PostgreSQL's PQ_SMALL_MESSAGE_LIMIT. */
const SMALL_LENGTH_MAX = 10_000;
/** Names and parameter types that may surround a text of SQL_BYTES_MAX, in bytes. */
const SQL_EXTRA_BYTES = 65_536 * 5;

export const QUERY = 0x51;
export const PARSE = 0x50;
export const BIND = 0x42;
export const DESCRIBE = 0x44;
export const EXECUTE = 0x45;
export const CLOSE = 0x43;
export const FLUSH = 0x48;
export const SYNC = 0x53;
export const FUNCTION_CALL = 0x46;
export const D_COPY = 0x64;
export const F_COPY = 0x66;
export const C_COPY = 0x63;
export const TERMINATE = 0x58;

const SMALL: FrameRule = { lengthMax: SMALL_LENGTH_MAX, wholeMax: SMALL_LENGTH_MAX };
const EMPTY: FrameRule = { lengthMax: 4, wholeMax: 4 };
/** By type byte; a type without a rule ends the connection. */
export const FRONTEND_RULES: ReadonlyMap<number, FrameRule> = new Map([
  [QUERY, { lengthMax: LARGE_LENGTH_MAX, wholeMax: SQL_BYTES_MAX + 5 }],
  [PARSE, { lengthMax: LARGE_LENGTH_MAX, wholeMax: SQL_BYTES_MAX + SQL_EXTRA_BYTES }],
  [BIND, { lengthMax: LARGE_LENGTH_MAX, wholeMax: BIND_BYTES_MAX }],
  [FUNCTION_CALL, { lengthMax: LARGE_LENGTH_MAX, wholeMax: 4 }],
  [D_COPY, { lengthMax: LARGE_LENGTH_MAX, wholeMax: COPY_BYTES_MAX }],
  [DESCRIBE, SMALL],
  [EXECUTE, SMALL],
  [CLOSE, SMALL],
  [F_COPY, SMALL],
  [C_COPY, EMPTY],
  [FLUSH, EMPTY],
  [SYNC, EMPTY],
  [TERMINATE, EMPTY],
]);
