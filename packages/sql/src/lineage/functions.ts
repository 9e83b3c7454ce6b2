/**
 * Which functions and operators may be given a masked value where the result is replaced anyway: those that cannot
 * fail, take long or act depending on what the value is. With any other one the command itself would tell about the
 * value, by an error or by its time, so it counts as a test of the column. Pure data.
 *
 * All of them are PostgreSQL's own (pg_catalog).
 */

/** Any argument may be a masked value. */
export const TAME_FUNCTIONS: ReadonlySet<string> = words(
  `upper lower initcap casefold reverse md5 sha224 sha256 sha384 sha512 length char_length character_length octet_length
   bit_length ascii concat concat_ws quote_literal quote_ident quote_nullable strpos position starts_with to_hex
   text varchar bpchar name to_json to_jsonb row_to_json array_to_json json_build_object json_build_array
   jsonb_build_object jsonb_build_array json_strip_nulls jsonb_strip_nulls jsonb_pretty json_typeof jsonb_typeof
   pg_typeof pg_column_size num_nulls num_nonnulls xmltext pg_collation_for crc32 crc32c`,
);

/** Of these, the ones with more than one argument whose other forms cannot fail either; `varchar(x, 3, false)` can. */
export const VARIADIC_FUNCTIONS: ReadonlySet<string> = words(
  `concat concat_ws strpos position starts_with row_to_json array_to_json json_build_array jsonb_build_array
   json_strip_nulls jsonb_strip_nulls num_nulls num_nonnulls`,
);

/** Functions whose result is a text or a number, never an array or a document. */
export const SCALAR_FUNCTIONS: ReadonlySet<string> = words(
  `upper lower initcap casefold reverse md5 sha224 sha256 sha384 sha512 length char_length character_length octet_length
   bit_length ascii concat concat_ws quote_literal quote_ident quote_nullable strpos position starts_with to_hex text
   varchar bpchar name left right substr substring lpad rpad btrim ltrim rtrim replace translate split_part overlay
   repeat encode array_to_string string_agg count`,
);

/** Aggregates and window functions of any argument. */
export const TAME_AGGREGATES: ReadonlySet<string> = words(
  `count min max sum avg any_value string_agg array_agg json_agg json_agg_strict jsonb_agg jsonb_agg_strict
   json_object_agg json_object_agg_strict jsonb_object_agg jsonb_object_agg_strict bool_and bool_or every bit_and bit_or
   bit_xor xmlagg mode percentile_disc row_number rank dense_rank percent_rank cume_dist first_value last_value lag lead
   stddev stddev_pop stddev_samp variance var_pop var_samp`,
);

/** Functions whose result is of the type of their arguments. */
export const PASSING: ReadonlySet<string> = words(
  `min max sum avg any_value first_value last_value lag lead mode round trunc floor ceil ceiling abs sign`,
);

/** Aggregates and constructors whose result has as many elements as were put in, whatever they are. */
export const BUILDERS: ReadonlySet<string> = words(
  `array_agg json_agg jsonb_agg to_json to_jsonb row_to_json json_build_object json_build_array jsonb_build_object
   jsonb_build_array json_object_agg jsonb_object_agg`,
);

/** Functions that give rows: how many may depend on the value. */
export const SET_RETURNING: ReadonlySet<string> = words(
  `generate_series generate_subscripts unnest json_array_elements json_array_elements_text jsonb_array_elements
   jsonb_array_elements_text json_each json_each_text jsonb_each jsonb_each_text json_object_keys jsonb_object_keys
   json_populate_recordset jsonb_populate_recordset json_to_recordset jsonb_to_recordset jsonb_path_query
   jsonb_path_query_tz regexp_matches regexp_split_to_table string_to_table aclexplode pg_options_to_table ts_stat
   ts_parse ts_token_type json_to_record jsonb_to_record`,
);

/** Of these, the ones whose number of rows is that of elements or keys. */
export const UNPACKING: ReadonlySet<string> = words(
  `unnest json_array_elements json_array_elements_text jsonb_array_elements jsonb_array_elements_text json_each
   json_each_text jsonb_each jsonb_each_text json_object_keys jsonb_object_keys`,
);

export const TAME_OPERATORS: ReadonlySet<string> = words(
  `= <> != < > <= >= || -> ->> #> #>> @> <@ ? ?| ?& && ~~ !~~ ~~* !~~*`,
);

/** Patterns stand on their right: a bad one is an error. */
export const PATTERN_OPERATORS: ReadonlySet<string> = words(`~~ !~~ ~~* !~~*`);

/** Types that every value can be written as. */
export const TEXT_TYPES: ReadonlySet<string> = words(`text varchar bpchar name`);

export const SYSTEM_COLUMNS: readonly string[] = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter(Boolean));
}
