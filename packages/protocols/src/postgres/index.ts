/** PostgreSQL, protocol 3.0 and 3.2. */
import type { Protocol } from "@gate/contract";
import { HOUSEKEEPING } from "./connection.ts";
import { servePostgres } from "./serve.ts";
import { parseTarget, type PostgresTarget } from "./target.ts";
import { HOUSEKEEPING_CONNECT } from "./upstream.ts";
import { messageFrame } from "./wire.ts";

export const postgres: Protocol<PostgresTarget> = {
  id: "postgres",
  discharges: ["mask", "limit"],
  housekeeping: [...HOUSEKEEPING_CONNECT, ...HOUSEKEEPING],
  parseTarget,
  address: ({ host, port }) => ({ host, port }),
  serve: servePostgres,
  refusal: (message, why) =>
    messageFrame({ severity: "FATAL", sqlstate: why === "limit" ? "53300" : "57P01", message }),
};

export { PostgresError, type PostgresErrorCode } from "./errors.ts";
export type { PostgresTarget } from "./target.ts";
export { WireError, type WireErrorCode } from "./wire.ts";
