/** Where sessions, holds and recordings are kept: in memory, in SQLite, in folders. */
export { StoreError, type StoreErrorCode } from "./errors.ts";
export { fileRecordings, type WriteSync } from "./file-recordings.ts";
export { memoryStore } from "./memory.ts";
export { memoryRecordings } from "./memory-recordings.ts";
export { LIST_ROWS_MAX } from "./session-change.ts";
export { sqliteStore } from "./sqlite.ts";
