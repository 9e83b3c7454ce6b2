/**
 * Which settings a session may change without changing data or meaning (CONTRACT §3, housekeeping). Pure data.
 *
 * Everything that is not listed here is a tag of its own, `SET <name>`: settings that change how text is read
 * (standard_conforming_strings, backslash_quote, client_encoding other than UTF8, transform_null_equals, xmloption),
 * which object a name means (search_path), who acts (role, session_authorization), what rows are seen (row_security,
 * custom settings that policies of the database read), what runs (session_preload_libraries, local_preload_libraries,
 * default_tablespace, session_replication_role, check_function_bodies) and every setting we have not heard of.
 */

const ALWAYS: ReadonlySet<string> = new Set(
  `application_name client_min_messages extra_float_digits statement_timeout lock_timeout transaction_timeout
   idle_in_transaction_session_timeout idle_session_timeout timezone synchronize_seqscans client_connection_check_interval
   tcp_keepalives_idle tcp_keepalives_interval tcp_keepalives_count tcp_user_timeout
   transaction_isolation transaction_read_only transaction_deferrable
   default_transaction_isolation default_transaction_read_only default_transaction_deferrable
   geqo geqo_effort geqo_generations geqo_pool_size geqo_seed geqo_selection_bias geqo_threshold
   jit jit_above_cost jit_inline_above_cost jit_optimize_above_cost plan_cache_mode from_collapse_limit
   join_collapse_limit cursor_tuple_fraction constraint_exclusion seq_page_cost random_page_cost cpu_tuple_cost
   cpu_index_tuple_cost cpu_operator_cost parallel_setup_cost parallel_tuple_cost min_parallel_table_scan_size
   min_parallel_index_scan_size max_parallel_workers_per_gather effective_cache_size effective_io_concurrency
   enable_async_append enable_bitmapscan enable_gathermerge enable_group_by_reordering enable_hashagg enable_hashjoin
   enable_incremental_sort enable_indexscan enable_indexonlyscan enable_material enable_memoize enable_mergejoin
   enable_nestloop enable_parallel_append enable_parallel_hash enable_partition_pruning enable_partitionwise_join
   enable_partitionwise_aggregate enable_presorted_aggregate enable_seqscan enable_sort enable_tidscan
   enable_distinct_reordering enable_self_join_elimination`.split(/\s+/),
);

/** Settings that are harmless only with these values; DateStyle's field order decides how '01/02/2024' is read. */
const WITH_VALUE: ReadonlyMap<string, RegExp> = new Map([
  ["datestyle", /^iso$/i],
  ["intervalstyle", /^(postgres|postgres_verbose|iso_8601)$/i],
  ["bytea_output", /^(hex|escape)$/i],
  ["client_encoding", /^utf-?_?8$/i],
  ["standard_conforming_strings", /^(?:on|true|yes|1)$/i],
]);

/**
 * Is `SET name = values` housekeeping? `values` is undefined where the setting goes back to its default or where the
 * value is not a plain list of constants.
 */
export function isHarmlessSetting(name: string, values: readonly string[] | undefined): boolean {
  if (ALWAYS.has(name)) return true;
  const pattern = WITH_VALUE.get(name);
  return pattern !== undefined && values?.length === 1 && pattern.test(values[0] ?? "");
}

/** The statement tag of a setting that is not harmless. */
export function settingTag(name: string): string {
  if (name === "role") return "SET ROLE";
  if (name === "session_authorization") return "SET SESSION AUTHORIZATION";
  return `SET ${name}`;
}
