export { analyse, STATEMENTS_MAX } from "./analyse.ts";
export type { Analysis, SqlEnvironment, StatementInfo } from "./analysis.ts";
export { CATALOGUE_QUERIES, type CatalogueQueryName, type CatalogueRows } from "./catalogue-queries.ts";
export {
  buildCatalogue,
  CATALOGUE_ROWS_MAX,
  type Catalogue,
  type Column,
  type FunctionName,
  type Relation,
} from "./catalogue.ts";
export { estimable, estimatedRows, withEstimate, type Estimable } from "./estimate.ts";
export { SqlError, type SqlErrorCode } from "./errors.ts";
export { KEYED_CHARS_MAX, literalKey } from "./literals.ts";
export { LINEAGE_NODES_MAX, type Origin } from "./lineage/index.ts";
export type { CopyFormat } from "./copy-format.ts";
export {
  alignOrigins,
  type CopyColumn,
  type CopyResult,
  type MaskAnalysis,
  type StatementMasks,
} from "./mask-analysis.ts";
export type { MaskedColumn, MaskedColumns } from "./masked-columns.ts";
export { resolveMasks } from "./masks.ts";
export { FUNCTION_LABELS } from "./function-labels.ts";
export { loadParser, PARSER_HEAP_BYTES_MAX, SQL_BYTES_MAX } from "./parser.ts";
export { parseSearchPath } from "./search-path.ts";
export { analyseTemplate } from "./templates.ts";
export { SQL_TOKENS_MAX } from "./tokens.ts";
export { NODES_VISITED_MAX, TREE_DEPTH_MAX } from "./walk.ts";
export type { Where } from "./where.ts";
