/**
 * The built-in list behind `functions: safe`: functions of pg_catalog that neither change anything nor run SQL given
 * as text, and that reach no file, large object, lock, notification, sequence, setting or other session. Pure data.
 *
 * Every overload of a listed name must be safe, on PostgreSQL 13 to 18. Left out on purpose, among others:
 * query_to_xml, table_to_xml, database_to_xml and the like, ts_stat, ts_rewrite (run SQL or read whole tables);
 * nextval, setval, currval, lastval, pg_sequence_last_value (sequences); set_config, setseed (session state);
 * pg_sleep, pg_advisory_*, pg_notify, lo_*, pg_read_*, pg_ls_*, pg_stat_file, pg_stat_get_* (others' query texts),
 * pg_current_xact_id, txid_current (take a transaction id), pg_show_all_file_settings, pg_hba_file_rules, pg_config,
 * pg_get_publication_tables, pg_relation_filepath, pg_tablespace_location (paths), pg_cancel_backend, pg_reload_conf.
 * The source is the manual's chapter 9 and pg_proc.dat, checked against the catalogues of PostgreSQL 15 and 18:
 * what is volatile there and listed here is about time, chance, sizes and partition trees.
 */

const GROUPS: readonly string[] = [
  // mathematics
  `abs acos acosd asin asind atan atan2 atan2d atand cbrt ceil ceiling cos cosd cosh cot cotd acosh asinh atanh degrees
   div erf erfc exp factorial floor gamma gcd lgamma lcm ln log log10 min_scale mod pi power pow radians random
   random_normal round scale sign sin sind sinh sqrt tan tand tanh trim_scale trunc width_bucket`,
  // text and bytes
  `ascii bit_count bit_length btrim casefold char_length character_length chr concat concat_ws convert convert_from
   convert_to crc32 crc32c decode encode format get_bit get_byte initcap is_normalized left length like like_escape lower
   lpad ltrim md5 normalize notlike octet_length overlay parse_ident pg_client_encoding position quote_ident quote_literal
   quote_nullable regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace
   regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse right rpad rtrim set_bit set_byte
   sha224 sha256 sha384 sha512 similar_escape similar_to_escape split_part starts_with string_to_array string_to_table
   strpos substr substring to_ascii to_bin to_hex to_oct translate unicode_assigned unistr upper unicode_version`,
  // conversions
  `to_char to_date to_number to_timestamp bpchar char date float4 float8 int2 int4 int8 interval money name numeric text
   time timestamp timestamptz timetz varchar bit varbit bool`,
  // dates and times
  `age clock_timestamp date_add date_bin date_part date_subtract date_trunc extract isfinite justify_days justify_hours
   justify_interval make_date make_interval make_time make_timestamp make_timestamptz now overlaps statement_timestamp
   timeofday timezone transaction_timestamp`,
  // arrays, ranges, comparisons, sets
  `array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position array_positions
   array_prepend array_remove array_replace array_reverse array_sample array_shuffle array_sort array_to_string
   array_upper cardinality generate_series generate_subscripts trim_array unnest num_nonnulls num_nulls isempty lower_inc
   lower_inf upper_inc upper_inf range_merge multirange int4range int8range numrange tsrange tstzrange daterange
   int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange`,
  // aggregates and windows
  `any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or count every max min range_agg
   range_intersect_agg string_agg sum corr covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2
   regr_slope regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp var_pop var_samp variance mode percentile_cont
   percentile_disc rank dense_rank percent_rank cume_dist row_number ntile lag lead first_value last_value nth_value
   xmlagg json_agg json_agg_strict jsonb_agg jsonb_agg_strict json_object_agg json_object_agg_strict
   json_object_agg_unique json_object_agg_unique_strict jsonb_object_agg jsonb_object_agg_strict
   jsonb_object_agg_unique jsonb_object_agg_unique_strict`,
  // JSON
  `array_to_json json_array_elements json_array_elements_text json_array_length json_build_array json_build_object
   json_each json_each_text json_extract_path json_extract_path_text json_object json_object_keys json_populate_record
   json_populate_recordset json_strip_nulls json_to_record json_to_recordset json_typeof jsonb_array_elements
   jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text
   jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_keys jsonb_path_exists
   jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array
   jsonb_path_query_array_tz jsonb_path_query_first jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record
   jsonb_populate_record_valid jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls
   jsonb_to_record jsonb_to_recordset jsonb_typeof row_to_json to_json to_jsonb`,
  // UUIDs, XML values, text search, networks, geometry
  `gen_random_uuid uuidv4 uuidv7 uuid_extract_timestamp uuid_extract_version xml_is_well_formed
   xml_is_well_formed_content xml_is_well_formed_document xmlcomment xmlconcat2 xmlexists xmltext xpath xpath_exists
   array_to_tsvector get_current_ts_config json_to_tsvector jsonb_to_tsvector numnode phraseto_tsquery plainto_tsquery
   querytree setweight strip to_tsquery to_tsvector ts_delete ts_filter ts_headline ts_rank ts_rank_cd tsquery_phrase
   tsvector_to_array websearch_to_tsquery abbrev broadcast family host hostmask inet_merge inet_same_family masklen
   netmask network set_masklen macaddr8_set7bit area bound_box box center circle diagonal diameter height isclosed isopen
   line lseg npoints path pclose point polygon popen radius slope width`,
  // the session and its catalogue, names only
  `current_database current_query current_schema current_schemas current_setting
   current_user getdatabaseencoding inet_client_addr inet_client_port inet_server_addr inet_server_port pg_backend_pid
   pg_conf_load_time pg_is_in_recovery pg_is_other_temp_schema pg_my_temp_schema pg_postmaster_start_time
   pg_trigger_depth session_user system_user version acldefault aclexplode makeaclitem col_description format_type
   has_any_column_privilege has_column_privilege has_database_privilege has_foreign_data_wrapper_privilege
   has_function_privilege has_language_privilege has_parameter_privilege has_schema_privilege has_sequence_privilege
   has_server_privilege has_table_privilege has_tablespace_privilege has_type_privilege obj_description
   pg_basetype pg_char_to_encoding pg_collation_for pg_collation_is_visible pg_column_compression
   pg_column_is_updatable pg_column_size pg_conversion_is_visible pg_database_size pg_describe_object
   pg_encoding_max_length pg_encoding_to_char pg_function_is_visible pg_get_catalog_foreign_keys pg_get_constraintdef
   pg_get_expr pg_get_function_arg_default pg_get_function_arguments pg_get_function_identity_arguments
   pg_get_function_result pg_get_function_sqlbody pg_get_functiondef pg_get_indexdef pg_get_keywords
   pg_get_object_address pg_get_partition_constraintdef pg_get_partkeydef pg_get_ruledef pg_get_serial_sequence
   pg_get_statisticsobjdef pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions pg_get_triggerdef
   pg_get_userbyid pg_get_viewdef pg_has_role pg_identify_object pg_identify_object_as_address
   pg_index_column_has_property pg_index_has_property pg_indexam_has_property pg_indexes_size pg_input_error_info
   pg_input_is_valid pg_opclass_is_visible pg_operator_is_visible pg_opfamily_is_visible pg_options_to_table
   pg_partition_ancestors pg_partition_root pg_partition_tree pg_relation_is_publishable pg_relation_is_updatable
   pg_relation_size pg_sequence_parameters pg_size_bytes pg_size_pretty pg_statistics_obj_is_visible pg_table_is_visible
   pg_table_size pg_timezone_abbrevs pg_timezone_names pg_total_relation_size pg_ts_config_is_visible
   pg_ts_dict_is_visible pg_ts_parser_is_visible pg_ts_template_is_visible pg_type_is_visible pg_typeof
   row_security_active shobj_description to_regclass to_regcollation to_regnamespace to_regoper to_regoperator to_regproc
   to_regprocedure to_regrole to_regtype to_regtypemod`,
];

/** Names of pg_catalog functions that carry the label @safe. */
export const SAFE_FUNCTIONS: ReadonlySet<string> = new Set(GROUPS.join(" ").split(/\s+/));

/**
 * Functions that are not safe but return nothing of any relation's content: with masks in force they cannot show a
 * masked value by themselves.
 */
export const CONTENT_FREE_FUNCTIONS: ReadonlySet<string> = new Set(
  `nextval setval currval lastval set_config setseed pg_sleep pg_sleep_for pg_sleep_until pg_advisory_lock
   pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared pg_advisory_xact_lock
   pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock
   pg_try_advisory_xact_lock_shared pg_notify pg_cancel_backend pg_terminate_backend pg_current_xact_id txid_current
   pg_current_xact_id_if_assigned txid_current_if_assigned pg_current_wal_lsn pg_export_snapshot`.split(/\s+/),
);
