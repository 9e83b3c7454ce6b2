/** The toy line protocol. */
export { line, type LineTarget } from "./serve.ts";
export { LINE_BYTES_MAX, LineError, type LineErrorCode } from "./wire.ts";
