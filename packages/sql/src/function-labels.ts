/**
 * What kind of side effect PostgreSQL's own functions have, as labels that a policy can name: `functions: [safe,
 * "@sequence"]`. Pure data. A function without any label is one of the server's inner parts (operators' and types' own
 * functions), or new.
 */
import { SAFE_FUNCTIONS } from "./safe-functions.ts";

/** The labels of a function's name, `@safe` first; docs/policy.md lists what they stand for. */
export const FUNCTION_LABELS: readonly string[] = [
  "@safe",
  "@sequence",
  "@notify",
  "@settings",
  "@locks",
  "@sleep",
  "@transaction",
  "@monitoring",
  "@large_object",
  "@files",
  "@network",
  "@dynamic_sql",
  "@admin",
];

/** The first that matches counts. */
const CLASSES: readonly (readonly [string, RegExp])[] = [
  ["@sequence", /^(?:nextval|setval|currval|lastval|pg_sequence_last_value|pg_get_sequence_data)$/],
  ["@notify", /^(?:pg_notify|pg_listening_channels|pg_notification_queue_usage)$/],
  ["@settings", /^(?:set_config|setseed)$/],
  ["@locks", /^pg_(?:try_)?advisory_/],
  ["@sleep", /^pg_sleep(?:_for|_until)?$/],
  [
    "@transaction",
    /^(?:txid_(?:current|current_if_assigned|current_snapshot|status)|pg_current_(?:xact_id|xact_id_if_assigned|snapshot)|pg_xact_(?:status|commit_timestamp|commit_timestamp_origin)|pg_export_snapshot|pg_last_committed_xact)$/,
  ],
  [
    "@monitoring",
    /^(?:pg_stat_get_\w+|pg_stat_have_stats|pg_lock_status|pg_show_all_settings|pg_get_(?:wait_events|aios|backend_memory_contexts|shmem_allocations|shmem_allocations_numa|replication_slots)|pg_prepared_(?:statement|xact)|pg_cursor|pg_(?:safe_snapshot_)?blocking_pids|pg_control_\w+|pg_config|pg_current_wal_\w+|pg_last_(?:wal|xact)_\w+|pg_show_replication_origin_status|pg_jit_available|pg_available_extension\w*)$/,
  ],
  [
    "@files",
    /^(?:pg_read_file|pg_read_binary_file|pg_ls_\w+|pg_stat_file|pg_file_\w+|pg_current_logfile|pg_relation_filepath|pg_tablespace_location|pg_hba_file_rules|pg_ident_file_mappings|pg_show_all_file_settings|pg_get_loaded_modules|pg_wal_summary_contents|pg_available_wal_summaries|lo_import|lo_export)$/,
  ],
  ["@large_object", /^(?:lo_\w+|loread|lowrite)$/],
  ["@network", /^(?:dblink\w*|postgres_fdw_\w+)$/],
  [
    "@dynamic_sql",
    /^(?:(?:query|table|schema|database|cursor)_to_xml(?:schema|_and_xmlschema)?|ts_stat|ts_rewrite|dblink|dblink_exec|dblink_open|dblink_send_query|crosstab\w*|connectby|xpath_table)$/,
  ],
  [
    "@admin",
    /^(?:pg_(?:cancel|terminate)_backend|pg_reload_conf|pg_rotate_logfile|pg_backup_\w+|pg_switch_wal|pg_create_restore_point|pg_promote|pg_(?:is_)?wal_replay_\w+|pg_replication_\w+|pg_(?:create|copy|drop|sync)_\w*replication_slots?|pg_logical_\w+|pg_log_\w+|pg_stat_(?:reset\w*|clear_snapshot|force_next_flush)|pg_(?:restore|clear)_\w+_stats|brin_\w+|gin_clean_pending_list|pg_import_system_collations|binary_upgrade_\w+|pg_nextoid|pg_stop_making_pinned_objects|pg_extension_config_dump)$/,
  ],
];

/** Labels of a name in pg_catalog; of a compiled function elsewhere (an extension's) `effectLabels` alone. */
export function labelsOf(name: string): readonly string[] | undefined {
  let labels = LABELS.get(name);
  if (labels === undefined) {
    labels = SAFE_FUNCTIONS.has(name) ? SAFE_LABEL : effectLabels(name);
    if (LABELS.size < LABELS_MAX) LABELS.set(name, labels);
  }
  return labels.length === 0 ? undefined : labels;
}

/** One at most, the gravest: a rule that allows a label must not let more through than the label says. */
export function effectLabels(name: string): readonly string[] {
  const found = CLASSES.find(([, pattern]) => pattern.test(name));
  return found === undefined ? [] : [found[0]];
}

/** Of a function that changes nothing, or whose body gate has read. */
export const SAFE_LABEL: readonly string[] = ["@safe"];

const LABELS = new Map<string, readonly string[]>();
/** Names whose labels are remembered. */
const LABELS_MAX = 10_000;
