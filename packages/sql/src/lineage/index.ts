export { LINEAGE_NODES_MAX } from "./run.ts";
export { statementLineage, touches, type Origin, type StatementLineage } from "./statement.ts";
