/**
 * Catalogue relations that hold credentials, data samples or other sessions' query texts: never @catalog. Pure data.
 *
 * First credentials and connection strings, then samples of users' data, then what sessions are doing with which values.
 * pg_settings stays in @catalog: SHOW, which is open to everyone, answers the same.
 */

export const SENSITIVE_CATALOGUE: ReadonlySet<string> = new Set(
  `pg_authid pg_shadow pg_user_mapping pg_user_mappings pg_foreign_server pg_foreign_data_wrapper pg_subscription
   pg_stat_wal_receiver pg_db_role_setting pg_hba_file_rules pg_ident_file_mappings pg_file_settings pg_config
   _pg_user_mappings _pg_foreign_servers _pg_foreign_data_wrappers user_mapping_options foreign_server_options
   foreign_data_wrapper_options
   pg_statistic pg_statistic_ext_data pg_stats pg_stats_ext pg_stats_ext_exprs pg_largeobject
   pg_stat_activity pg_stat_replication pg_stat_statements pg_prepared_statements pg_cursors pg_prepared_xacts`.split(
    /\s+/,
  ),
);

/** Of these, the ones in which values of users' tables can stand: data samples and texts of commands. */
export const SAMPLES_CATALOGUE: ReadonlySet<string> = new Set(
  `pg_statistic pg_statistic_ext_data pg_stats pg_stats_ext pg_stats_ext_exprs pg_largeobject pg_stat_activity
   pg_stat_replication pg_stat_statements pg_prepared_statements pg_cursors pg_prepared_xacts`.split(/\s+/),
);
