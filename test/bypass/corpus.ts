/**
 * The bypass corpus: ways to talk around the policy, kept for ever (append only). Each is sent as a simple query and,
 * where it is one statement, through Parse/Bind/Execute; the test asserts on the server's state, not on the answer.
 *
 * Policy assumed: SELECT on public.* and the harmless catalogue with safe functions, INSERT and keyed UPDATE on
 * public.notes, plain EXPLAIN, INSERT and keyed changes of public.open_*; everything else is denied; customers.ssn is
 * masked.
 */
export interface BypassCase {
  /** Row of the catalogue that the case belongs to, or "own" for our additions. */
  readonly row: number | "own";
  readonly name: string;
  readonly sql: string;
  readonly expect: "denied" | "allowed";
}

export const CORPUS: readonly BypassCase[] = [
  { row: 1, name: "mixed case with a comment between the words", sql: "DrOp/**/TABLE notes", expect: "denied" },
  { row: 1, name: "nested comments", sql: "/* a /* b */ c */ DROP /* x /* y */ */ TABLE notes", expect: "denied" },
  { row: 1, name: "a line comment in the middle", sql: "DROP -- harmless\n TABLE notes", expect: "denied" },
  { row: 2, name: "a literal that looks like DDL", sql: "SELECT 'drop table notes'", expect: "allowed" },
  { row: 2, name: "an alias that looks like DML", sql: "SELECT 1 AS delete", expect: "allowed" },
  { row: 2, name: "a quoted column that looks like DDL", sql: 'SELECT 1 AS "drop table notes"', expect: "allowed" },
  { row: 3, name: "a second statement in one message", sql: "SELECT 1; DROP TABLE notes", expect: "denied" },
  { row: 3, name: "empty statements around it", sql: ";;SELECT 1;;DROP TABLE notes;;", expect: "denied" },
  {
    row: 3,
    name: "an allowed write before the denied one",
    sql: "INSERT INTO notes (id, body) VALUES (900, 'x'); DELETE FROM notes",
    expect: "denied",
  },
  {
    row: 4,
    name: "a data-modifying CTE",
    sql: "WITH d AS (DELETE FROM notes RETURNING *) SELECT * FROM d",
    expect: "denied",
  },
  {
    row: 4,
    name: "a materialized data-modifying CTE",
    sql: "WITH d AS MATERIALIZED (DELETE FROM notes RETURNING *) SELECT count(*) FROM d",
    expect: "denied",
  },
  { row: 4, name: "a CTE that nobody reads", sql: "WITH d AS (DELETE FROM notes) SELECT 1", expect: "denied" },
  {
    row: 4,
    name: "a CTE below an INSERT",
    sql: "WITH d AS (DELETE FROM notes RETURNING id) INSERT INTO notes (id) SELECT id + 1000 FROM d",
    expect: "denied",
  },
  { row: 5, name: "EXPLAIN ANALYZE runs its statement", sql: "EXPLAIN ANALYZE DELETE FROM notes", expect: "denied" },
  {
    row: 5,
    name: "EXPLAIN with ANALYZE as an option",
    sql: "EXPLAIN (COSTS off, ANALYZE on) DELETE FROM notes",
    expect: "denied",
  },
  { row: 5, name: "plain EXPLAIN does not", sql: "EXPLAIN SELECT * FROM notes", expect: "allowed" },
  {
    row: 6,
    name: "a DO block that builds its statement",
    sql: "DO $$ BEGIN EXECUTE format('dr%s table %I', 'op', 'notes'); END $$",
    expect: "denied",
  },
  {
    row: 7,
    name: "a function with a body of DDL",
    sql: "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DROP TABLE notes'",
    expect: "denied",
  },
  { row: 7, name: "calling a function that writes", sql: "SELECT wipe_notes()", expect: "denied" },
  { row: 7, name: "calling it by its schema", sql: "SELECT public.wipe_notes()", expect: "denied" },
  { row: 7, name: "calling it as a table function", sql: "SELECT * FROM wipe_notes()", expect: "denied" },
  { row: 7, name: "calling it from ORDER BY", sql: "SELECT 1 ORDER BY wipe_notes()", expect: "denied" },
  { row: 7, name: "calling it from LIMIT", sql: "SELECT 1 LIMIT (SELECT count(wipe_notes()))", expect: "denied" },
  { row: 8, name: "an SQL PREPARE of a delete", sql: "PREPARE d AS DELETE FROM notes", expect: "denied" },
  {
    row: 11,
    name: "a MERGE that deletes",
    sql: "MERGE INTO notes n USING customers c ON n.id = c.id WHEN MATCHED THEN DELETE",
    expect: "denied",
  },
  { row: 12, name: "COPY to a program", sql: "COPY notes TO PROGRAM 'cat > /dev/null'", expect: "denied" },
  { row: 12, name: "COPY from a program", sql: "COPY notes FROM PROGRAM 'echo 1'", expect: "denied" },
  { row: 12, name: "COPY to a file", sql: "COPY notes TO '/tmp/gate-bypass'", expect: "denied" },
  { row: 12, name: "reading a file", sql: "SELECT pg_read_file('PG_VERSION')", expect: "denied" },
  { row: 12, name: "listing a directory", sql: "SELECT pg_ls_dir('.')", expect: "denied" },
  { row: 12, name: "a large object export", sql: "SELECT lo_export(1, '/tmp/gate-bypass')", expect: "denied" },
  { row: 12, name: "a large object from text", sql: "SELECT lo_from_bytea(0, 'x')", expect: "denied" },
  {
    row: 12,
    name: "dynamic SQL in a catalogue function",
    sql: "SELECT query_to_xml('delete from notes', true, false, '')",
    expect: "denied",
  },
  {
    row: 12,
    name: "the same through a schema",
    sql: "SELECT pg_catalog.query_to_xml('delete from notes returning 1', true, false, '')",
    expect: "denied",
  },
  {
    row: 12,
    name: "a function hidden in a CASE",
    sql: "SELECT CASE WHEN true THEN pg_read_file('PG_VERSION') END",
    expect: "denied",
  },
  { row: 14, name: "SET ROLE", sql: "SET ROLE postgres", expect: "denied" },
  { row: 14, name: "SET SESSION AUTHORIZATION", sql: "SET SESSION AUTHORIZATION postgres", expect: "denied" },
  { row: 14, name: "SET LOCAL ROLE", sql: "SET LOCAL ROLE postgres", expect: "denied" },
  { row: 14, name: "ALTER SYSTEM", sql: "ALTER SYSTEM SET log_statement = 'none'", expect: "denied" },
  {
    row: 14,
    name: "set_config as a function",
    sql: "SELECT set_config('search_path', 'evil', false)",
    expect: "denied",
  },
  { row: 14, name: "SET search_path", sql: "SET search_path = evil", expect: "denied" },
  { row: 14, name: "SET standard_conforming_strings", sql: "SET standard_conforming_strings = off", expect: "denied" },
  { row: 14, name: "RESET ROLE", sql: "RESET ROLE", expect: "denied" },
  {
    row: 16,
    name: "an identifier with a dollar is no dollar quote",
    sql: "SELECT 1 AS a$x$; DELETE FROM notes; SELECT 1 AS b$x$",
    expect: "denied",
  },
  { row: 16, name: "a string continued over lines", sql: "SELECT 'a'\n'b; DELETE FROM notes'", expect: "allowed" },
  { row: 16, name: "an escape string that ends early", sql: "SELECT E'\\''; DELETE FROM notes; --'", expect: "denied" },
  { row: 20, name: "TABLE reads", sql: "TABLE notes", expect: "allowed" },
  { row: 20, name: "SELECT INTO writes", sql: "SELECT * INTO stolen FROM notes", expect: "denied" },
  { row: 20, name: "CREATE TABLE AS writes", sql: "CREATE TABLE stolen AS SELECT * FROM notes", expect: "denied" },
  {
    row: 20,
    name: "a temporary copy writes too",
    sql: "CREATE TEMP TABLE stolen AS SELECT * FROM notes",
    expect: "denied",
  },
  { row: 22, name: "a comma join reads both", sql: "SELECT n.id FROM notes n, hidden.secrets s", expect: "denied" },
  { row: 22, name: "ONLY in parentheses", sql: "SELECT * FROM ONLY (hidden.secrets)", expect: "denied" },
  { row: 22, name: "a Unicode identifier", sql: 'SELECT * FROM hidden.U&"\\0073ecrets"', expect: "denied" },
  { row: 22, name: "a quoted schema", sql: 'SELECT * FROM "hidden"."secrets"', expect: "denied" },
  { row: 22, name: "a database prefix", sql: "SELECT * FROM shop.hidden.secrets", expect: "denied" },
  { row: 22, name: "a view over it", sql: "SELECT * FROM public.window_on_secrets", expect: "denied" },
  {
    row: 22,
    name: "a subquery in EXISTS",
    sql: "SELECT 1 WHERE EXISTS (SELECT 1 FROM hidden.secrets)",
    expect: "denied",
  },
  {
    row: 22,
    name: "a lateral join",
    sql: "SELECT 1 FROM notes n CROSS JOIN LATERAL (SELECT * FROM hidden.secrets) s",
    expect: "denied",
  },
  { row: "own", name: "UPDATE without a key", sql: "UPDATE notes SET body = 'x' WHERE body <> 'y'", expect: "denied" },
  {
    row: "own",
    name: "UPDATE with a key in an OR",
    sql: "UPDATE notes SET body = 'x' WHERE id = 1 OR true",
    expect: "denied",
  },
  {
    row: "own",
    name: "UPDATE by a key that is no constant",
    sql: "UPDATE notes SET body = 'x' WHERE id = id",
    expect: "denied",
  },
  {
    row: "own",
    name: "UPDATE by its whole key",
    sql: "UPDATE notes SET body = 'kept' WHERE id = 3",
    expect: "allowed",
  },
  {
    row: "own",
    name: "INSERT … ON CONFLICT into another table",
    sql: "INSERT INTO customers (id, name, ssn) VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET name = 'x'",
    expect: "denied",
  },
  { row: "own", name: "a sequence is moved", sql: "SELECT nextval('note_ids')", expect: "denied" },
  { row: "own", name: "an advisory lock is taken", sql: "SELECT pg_advisory_lock(1)", expect: "denied" },
  { row: "own", name: "a backend is ended", sql: "SELECT pg_terminate_backend(pg_backend_pid())", expect: "denied" },
  { row: "own", name: "LISTEN", sql: "LISTEN x", expect: "denied" },
  { row: "own", name: "LOCK TABLE", sql: "BEGIN; LOCK TABLE notes; COMMIT", expect: "denied" },
  { row: "own", name: "passwords in the catalogue", sql: "SELECT rolpassword FROM pg_authid", expect: "denied" },
  { row: "own", name: "passwords through a view", sql: "SELECT passwd FROM pg_shadow", expect: "denied" },
  { row: "own", name: "VACUUM", sql: "VACUUM FULL notes", expect: "denied" },
  { row: "own", name: "CLUSTER and REINDEX", sql: "REINDEX TABLE notes", expect: "denied" },
  { row: "own", name: "COMMENT ON", sql: "COMMENT ON TABLE notes IS 'x'", expect: "denied" },
  { row: "own", name: "a user-defined operator calls its function", sql: "SELECT 1 <#> 1", expect: "denied" },
  { row: "own", name: "a cast calls its function", sql: "SELECT body::public.trap FROM notes", expect: "denied" },
  {
    row: "own",
    name: "a SELECT … FOR UPDATE locks rows",
    sql: "SELECT hidden.secrets FROM hidden.secrets FOR UPDATE",
    expect: "denied",
  },
  { row: "own", name: "a domain's CHECK calls its function", sql: "SELECT body::trapped FROM notes", expect: "denied" },
  { row: "own", name: "a domain inside a composite", sql: "SELECT '(x)'::trapped_pair", expect: "denied" },
  { row: "own", name: "a domain inside an array", sql: "SELECT ARRAY['x']::trapped[]", expect: "denied" },
  {
    row: "own",
    name: "a domain in a column definition list",
    sql: `SELECT * FROM json_to_record('{"a":"x"}') AS t(a trapped)`,
    expect: "denied",
  },
  {
    row: "own",
    name: "a domain behind RETURNING",
    sql: `SELECT json_value('"a"'::jsonb, '$' RETURNING trapped)`,
    expect: "denied",
  },
  {
    row: "own",
    name: "a domain in JSON_TABLE",
    sql: "SELECT * FROM json_table('[1]'::jsonb, '$[*]' COLUMNS (a trapped PATH '$'))",
    expect: "denied",
  },
  {
    row: "own",
    name: "a domain in a row type of json_populate_record",
    sql: `SELECT json_populate_record(NULL::trapped_pair, '{"a":"x"}')`,
    expect: "denied",
  },
  {
    row: "own",
    name: "a trigger of an allowed table deletes from another",
    sql: "INSERT INTO open_trap VALUES (1)",
    expect: "denied",
  },
  {
    row: "own",
    name: "a trigger builds its SQL while it runs",
    sql: "INSERT INTO open_dynamic VALUES (1)",
    expect: "denied",
  },
  {
    row: "own",
    name: "a trigger of a partition, through the whole table",
    sql: "INSERT INTO open_parted VALUES (1)",
    expect: "denied",
  },
  {
    row: "own",
    name: "a plain updated_at trigger beside a serial key",
    sql: "INSERT INTO open_plain (body) VALUES ('x')",
    expect: "allowed",
  },
  {
    row: "own",
    name: "a function without effects as a default",
    sql: "INSERT INTO open_slug (title) VALUES ('A b')",
    expect: "allowed",
  },
  {
    row: "own",
    name: "a foreign key that cascades into a hidden table",
    sql: "DELETE FROM open_parent WHERE id = 1",
    expect: "denied",
  },
  {
    row: "own",
    name: "the same through MERGE",
    sql: "MERGE INTO open_parent p USING notes n ON p.id = n.id WHEN MATCHED THEN DELETE",
    expect: "denied",
  },
  {
    row: "own",
    name: "an UPDATE of the key that cascades",
    sql: "UPDATE open_parent SET id = 100 WHERE id = 1",
    expect: "denied",
  },
  {
    row: "own",
    name: "an UPDATE beside the key does not",
    sql: "UPDATE open_parent SET body = 'kept' WHERE id = 1",
    expect: "allowed",
  },
  {
    row: "own",
    name: "a rewrite rule that deletes elsewhere",
    sql: "INSERT INTO open_rule VALUES (1)",
    expect: "denied",
  },
  {
    row: "own",
    name: "a default that calls a function which writes",
    sql: "INSERT INTO open_default (id) VALUES (1)",
    expect: "denied",
  },
  {
    row: "own",
    name: "a default that reads a file",
    sql: "INSERT INTO open_file (id) VALUES (1)",
    expect: "denied",
  },
  {
    row: "own",
    name: "a column of a domain whose CHECK writes",
    sql: "INSERT INTO open_domain VALUES ('x')",
    expect: "denied",
  },
  {
    row: "own",
    name: "an index expression that calls a function which writes",
    sql: "INSERT INTO open_index VALUES ('x')",
    expect: "denied",
  },
  {
    row: "own",
    name: "an INSTEAD OF trigger of a view",
    sql: "UPDATE open_window SET body = 'x' WHERE id = 1",
    expect: "denied",
  },
  { row: "own", name: "a view that reads a file", sql: "SELECT * FROM open_reader", expect: "denied" },
  { row: "own", name: "a hidden table inherits from an open one", sql: "SELECT * FROM open_elder", expect: "denied" },
  { row: "own", name: "ONLY leaves it out", sql: "SELECT * FROM ONLY open_elder", expect: "allowed" },
  {
    row: "own",
    name: "an UPDATE reaches what inherits",
    sql: "UPDATE open_elder SET id = id WHERE id = 1",
    expect: "denied",
  },
  { row: "own", name: "CALL of a procedure that deletes", sql: "CALL wipe_procedure()", expect: "denied" },
  {
    row: "own",
    name: "a function made of SQL-standard statements",
    sql: "SELECT wipe_standard()",
    expect: "denied",
  },
  {
    row: "own",
    name: "an aggregate whose parts write",
    sql: "SELECT wipe_all(id) FROM notes",
    expect: "denied",
  },
  {
    row: "own",
    name: "a default of a function's argument",
    sql: "SELECT innocent()",
    expect: "denied",
  },
  { row: "own", name: "DO of a literal", sql: "DO $$ BEGIN EXECUTE 'DELETE FROM notes'; END $$", expect: "denied" },
  { row: "own", name: "DO that only asks", sql: "DO $$ BEGIN PERFORM wipe_notes(); END $$", expect: "denied" },
  {
    row: "own",
    name: "COPY of a query that deletes",
    sql: "COPY (DELETE FROM notes RETURNING *) TO STDOUT",
    expect: "denied",
  },
  {
    row: 12,
    name: "a table by its name in a text",
    sql: "SELECT table_to_xml('hidden.secrets', true, false, '')",
    expect: "denied",
  },
  {
    row: 12,
    name: "statistics over a query in a text",
    sql: "SELECT * FROM ts_stat('SELECT to_tsvector(value) FROM hidden.secrets')",
    expect: "denied",
  },
  {
    row: 14,
    name: "standard_conforming_strings off, then a string that ends elsewhere",
    sql: "SET standard_conforming_strings = off; SELECT 'a\\'' ; DELETE FROM notes; --'",
    expect: "denied",
  },
  {
    row: 14,
    name: "standard_conforming_strings through a function",
    sql: "SELECT set_config('standard_conforming_strings', 'off', false)",
    expect: "denied",
  },
  { row: 14, name: "client_encoding", sql: "SET client_encoding = 'SJIS'", expect: "denied" },
  { row: 14, name: "SET NAMES", sql: "SET NAMES 'SJIS'", expect: "denied" },
  { row: 14, name: "SET LOCAL search_path", sql: "BEGIN; SET LOCAL search_path = hidden; COMMIT", expect: "denied" },
  {
    row: 14,
    name: "the role's own search_path",
    sql: "ALTER ROLE postgres SET search_path = hidden",
    expect: "denied",
  },
  {
    row: 14,
    name: "the database's own search_path",
    sql: "ALTER DATABASE shop SET search_path = hidden",
    expect: "denied",
  },
  { row: "own", name: "a key that is NULL", sql: "UPDATE notes SET body = 'x' WHERE id = NULL", expect: "denied" },
  {
    row: "own",
    name: "several keys at once",
    sql: "UPDATE notes SET body = 'x' WHERE id = ANY (ARRAY[1, 2])",
    expect: "denied",
  },
  { row: "own", name: "a list of keys", sql: "UPDATE notes SET body = 'x' WHERE id IN (1, 2)", expect: "denied" },
  {
    row: "own",
    name: "a partial unique index is no key",
    sql: "UPDATE open_partial SET body = 'x' WHERE id = 1",
    expect: "denied",
  },
  { row: "own", name: "PREPARE TRANSACTION", sql: "BEGIN; PREPARE TRANSACTION 'x'", expect: "denied" },
  { row: "own", name: "NOTIFY", sql: "NOTIFY x, 'y'", expect: "denied" },
  { row: "own", name: "ANALYZE", sql: "ANALYZE notes", expect: "denied" },
  { row: "own", name: "CREATE INDEX CONCURRENTLY", sql: "CREATE INDEX CONCURRENTLY ON notes (body)", expect: "denied" },
  {
    row: "own",
    name: "a temporary view over an allowed table",
    sql: "CREATE TEMP VIEW notes_too AS SELECT * FROM hidden.secrets",
    expect: "denied",
  },
  {
    row: "own",
    name: "a function called as a row's attribute",
    sql: "SELECT (n).wipe_row FROM notes n",
    expect: "denied",
  },
  { row: "own", name: "the same without parentheses", sql: "SELECT n.wipe_row FROM notes n", expect: "denied" },
  { row: "own", name: "a star over a function", sql: "SELECT f.* FROM wipe_notes() f", expect: "denied" },
  {
    row: "own",
    name: "ROWS FROM of two functions",
    sql: "SELECT * FROM ROWS FROM (wipe_notes(), generate_series(1,2))",
    expect: "denied",
  },
  { row: "own", name: "an operator by its schema", sql: "SELECT 1 OPERATOR(public.<#>) 1", expect: "denied" },
  {
    row: "own",
    name: "a function under an aggregate in a sub-select",
    sql: "SELECT array_agg(x) FROM (SELECT wipe_notes()) s(x)",
    expect: "denied",
  },
  { row: "own", name: "a function in VALUES", sql: "VALUES (wipe_notes())", expect: "denied" },
  {
    row: "own",
    name: "a function in an array of a sub-select",
    sql: "SELECT 1 FROM notes WHERE id = ANY (ARRAY(SELECT wipe_notes()))",
    expect: "denied",
  },
  { row: "own", name: "a function in GROUP BY", sql: "SELECT 1 FROM notes GROUP BY wipe_notes()", expect: "denied" },
  {
    row: "own",
    name: "a function in TABLESAMPLE",
    sql: "SELECT 1 FROM notes TABLESAMPLE bernoulli (wipe_notes())",
    expect: "denied",
  },
  {
    row: "own",
    name: "a function in FILTER",
    sql: "SELECT sum(id) FILTER (WHERE wipe_notes() > 0) FROM notes",
    expect: "denied",
  },
  {
    row: "own",
    name: "a function in a window's order",
    sql: "SELECT sum(id) OVER (ORDER BY wipe_notes()) FROM notes",
    expect: "denied",
  },
  { row: "own", name: "EXPLAIN ANALYZE of an EXECUTE", sql: "EXPLAIN (ANALYZE) EXECUTE d", expect: "denied" },
  { row: "own", name: "EXPLAIN with ANALYZE 1", sql: "EXPLAIN (ANALYZE 1) DELETE FROM notes", expect: "denied" },
  {
    row: "own",
    name: "EXPLAIN ANALYZE of a definition",
    sql: "EXPLAIN ANALYZE CREATE TABLE stolen AS SELECT 1",
    expect: "denied",
  },
  { row: "own", name: "a function's name in Unicode escapes", sql: 'SELECT U&"wipe\\005fnotes"()', expect: "denied" },
  {
    row: "own",
    name: "the same with an escape of its own",
    sql: "SELECT U&\"wipe!005fnotes\" UESCAPE '!' ()",
    expect: "denied",
  },
  {
    row: "own",
    name: "a role through set_config",
    sql: "SELECT pg_catalog.set_config('role','postgres',true)",
    expect: "denied",
  },
  {
    row: "own",
    name: "a search path set by a WITH of the statement that uses it",
    sql: "WITH a AS (SELECT set_config('search_path','hidden',false)) SELECT * FROM notes, a",
    expect: "denied",
  },
  { row: "own", name: "lo_import", sql: "SELECT lo_import('/etc/passwd')", expect: "denied" },
  { row: "own", name: "lo_creat", sql: "SELECT lo_creat(-1)", expect: "denied" },
  { row: "own", name: "an exported snapshot", sql: "SELECT pg_export_snapshot()", expect: "denied" },
  {
    row: "own",
    name: "a message into the log of changes",
    sql: "SELECT pg_logical_emit_message(true,'a','b')",
    expect: "denied",
  },
  { row: "own", name: "a whole database as XML", sql: "SELECT database_to_xml(true,true,'')", expect: "denied" },
  {
    row: "own",
    name: "a query in a text, behind XMLTABLE",
    sql: "SELECT * FROM xmltable('/a' PASSING query_to_xml('delete from notes',true,true,'') COLUMNS a text)",
    expect: "denied",
  },
  {
    row: "own",
    name: "a function in a JSON function",
    sql: "SELECT json_value(to_jsonb(wipe_notes()), '$')",
    expect: "denied",
  },
  { row: "own", name: "a file's attributes", sql: "SELECT pg_stat_file('PG_VERSION')", expect: "denied" },
  { row: "own", name: "a reload of the configuration", sql: "SELECT pg_reload_conf()", expect: "denied" },
  { row: "own", name: "a restore point", sql: "SELECT pg_create_restore_point('x')", expect: "denied" },
  {
    row: "own",
    name: "a function in an INSERT's values",
    sql: "INSERT INTO notes (id) VALUES (wipe_notes() + 1000)",
    expect: "denied",
  },
  {
    row: "own",
    name: "an INSERT of what may not be read",
    sql: "INSERT INTO notes (id, body) SELECT 1000, value FROM hidden.secrets",
    expect: "denied",
  },
  {
    row: "own",
    name: "an UPDATE to what may not be read",
    sql: "UPDATE notes SET body = (SELECT value FROM hidden.secrets) WHERE id = 3",
    expect: "denied",
  },
  {
    row: "own",
    name: "a function as the key of an UPDATE",
    sql: "UPDATE notes SET body = 'x' WHERE id = wipe_notes()",
    expect: "denied",
  },
  {
    row: "own",
    name: "ON CONFLICT DO UPDATE in a table where INSERT alone is allowed",
    sql: "INSERT INTO notes (id) VALUES (3) ON CONFLICT (id) DO UPDATE SET body = 'x'",
    expect: "denied",
  },
  {
    row: "own",
    name: "a WITH that updates without a key",
    sql: "WITH x AS (UPDATE notes SET body='x' RETURNING *) SELECT 1",
    expect: "denied",
  },
  {
    row: "own",
    name: "a WITH below a FROM that deletes",
    sql: "SELECT * FROM (WITH d AS (DELETE FROM notes RETURNING *) SELECT * FROM d) s",
    expect: "denied",
  },
  {
    row: "own",
    name: "a cursor WITH HOLD over a function",
    sql: "DECLARE c CURSOR WITH HOLD FOR SELECT wipe_notes()",
    expect: "denied",
  },
  {
    row: "own",
    name: "a temporary table whose CHECK calls a function",
    sql: "CREATE TEMP TABLE q (id int CHECK (wipe_notes() > 0))",
    expect: "denied",
  },
  {
    row: "own",
    name: "samples of data behind an allowed catalogue",
    sql: "SELECT relname FROM pg_class; SELECT * FROM pg_stats",
    expect: "denied",
  },
  {
    row: "own",
    name: "passwords by the catalogue's schema",
    sql: "SELECT * FROM pg_catalog.pg_authid",
    expect: "denied",
  },
  {
    row: "own",
    name: "options of user mappings",
    sql: "SELECT * FROM information_schema.user_mapping_options",
    expect: "denied",
  },
  { row: "own", name: "a file as bytes", sql: "SELECT pg_catalog.pg_read_binary_file('PG_VERSION')", expect: "denied" },
  {
    row: "own",
    name: "a hidden table's oid, and the path of a file",
    sql: "SELECT 'x'::regclass, 'hidden.secrets'::regclass::oid, pg_relation_filepath('notes')",
    expect: "denied",
  },
  {
    row: "own",
    name: "a hidden table as XML, as text",
    sql: "SELECT (table_to_xml('hidden.secrets',true,true,''))::text",
    expect: "denied",
  },
  {
    row: "own",
    name: "IMPORT FOREIGN SCHEMA",
    sql: "IMPORT FOREIGN SCHEMA x FROM SERVER s INTO public",
    expect: "denied",
  },
  { row: "own", name: "LOAD", sql: "LOAD 'auto_explain'", expect: "denied" },
  { row: "own", name: "CHECKPOINT", sql: "CHECKPOINT", expect: "denied" },
  { row: "own", name: "SECURITY LABEL", sql: "SECURITY LABEL ON TABLE notes IS 'x'", expect: "denied" },
  { row: "own", name: "REFRESH MATERIALIZED VIEW", sql: "REFRESH MATERIALIZED VIEW notes", expect: "denied" },
  {
    row: "own",
    name: "a hidden table behind a parameter",
    sql: "SELECT $1::text FROM notes, hidden.secrets",
    expect: "denied",
  },
  { row: "own", name: "TABLE of a hidden table", sql: "TABLE hidden.secrets", expect: "denied" },
  {
    row: "own",
    name: "UNION with TABLE of a hidden table",
    sql: "SELECT * FROM notes UNION TABLE hidden.secrets",
    expect: "denied",
  },
  {
    row: "own",
    name: "a MERGE of a table with itself",
    sql: "MERGE INTO notes n USING notes m ON n.id=m.id WHEN MATCHED THEN UPDATE SET body='x'",
    expect: "denied",
  },
];

export const SCHEMA = `
CREATE TABLE customers (id int PRIMARY KEY, name text, ssn text);
INSERT INTO customers SELECT i, 'name ' || i, '078-05-' || (1000 + i) FROM generate_series(1, 20) i;
CREATE TABLE notes (id int PRIMARY KEY, body text);
INSERT INTO notes SELECT i, 'note ' || i FROM generate_series(1, 20) i;
CREATE SEQUENCE note_ids;
CREATE SCHEMA hidden;
CREATE TABLE hidden.secrets (id int PRIMARY KEY, value text);
INSERT INTO hidden.secrets VALUES (1, 'top');
CREATE VIEW window_on_secrets AS SELECT * FROM hidden.secrets;
CREATE FUNCTION wipe_notes() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM notes; RETURN 1; END $$;
CREATE FUNCTION wipe_by_operator(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM notes; RETURN 1; END $$;
CREATE FUNCTION wipe_row(notes) RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM notes; RETURN 1; END $$;
CREATE OPERATOR <#> (FUNCTION = wipe_by_operator, LEFTARG = int, RIGHTARG = int);
CREATE TYPE trap AS (a text);
CREATE FUNCTION wipe_by_cast(text) RETURNS trap LANGUAGE plpgsql AS $$ BEGIN DELETE FROM notes; RETURN ROW('x')::trap; END $$;
CREATE CAST (text AS trap) WITH FUNCTION wipe_by_cast(text);
CREATE FUNCTION wipe_by_check(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN DELETE FROM notes; RETURN true; END $$;
CREATE DOMAIN trapped AS text CHECK (wipe_by_check(VALUE));
CREATE TYPE trapped_pair AS (a trapped);
CREATE FUNCTION wipe_by_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM public.notes; RETURN NEW; END $$;
CREATE TABLE open_trap (id int);
CREATE TRIGGER t AFTER INSERT ON open_trap FOR EACH ROW EXECUTE FUNCTION wipe_by_trigger();
CREATE FUNCTION wipe_dynamically() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'delete from public.' || 'notes'; RETURN NEW; END $$;
CREATE TABLE open_dynamic (id int);
CREATE TRIGGER t BEFORE INSERT ON open_dynamic FOR EACH ROW EXECUTE FUNCTION wipe_dynamically();
CREATE TABLE open_parted (id int) PARTITION BY RANGE (id);
CREATE TABLE open_parted_1 PARTITION OF open_parted FOR VALUES FROM (0) TO (100);
CREATE TRIGGER t AFTER INSERT ON open_parted_1 FOR EACH ROW EXECUTE FUNCTION wipe_by_trigger();
CREATE TABLE open_plain (id serial PRIMARY KEY, body text CHECK (length(body) < 100), updated_at timestamptz);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER t BEFORE INSERT OR UPDATE ON open_plain FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION slug(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(replace($1, ' ', '-')) $$;
CREATE TABLE open_slug (title text, kind text DEFAULT slug('A b'), made text GENERATED ALWAYS AS (slug(title)) STORED);
CREATE TABLE open_parent (id int PRIMARY KEY, body text);
INSERT INTO open_parent VALUES (1, 'a');
CREATE TABLE hidden.lines (id int, parent int REFERENCES open_parent ON DELETE CASCADE ON UPDATE CASCADE);
INSERT INTO hidden.lines VALUES (1, 1);
CREATE TABLE open_rule (id int);
CREATE RULE r AS ON INSERT TO open_rule DO ALSO DELETE FROM notes;
CREATE TABLE open_default (id int, n int DEFAULT wipe_notes());
CREATE TABLE open_file (id int, n text DEFAULT pg_read_file('PG_VERSION'));
CREATE TABLE open_domain (a trapped);
CREATE FUNCTION wipe_by_index(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN DELETE FROM public.notes; RETURN $1; END $$;
CREATE TABLE open_index (a text);
CREATE INDEX ON open_index (wipe_by_index(a));
CREATE VIEW open_window AS SELECT 1 AS id, 'x'::text AS body;
CREATE TRIGGER t INSTEAD OF UPDATE ON open_window FOR EACH ROW EXECUTE FUNCTION wipe_by_trigger();
CREATE VIEW open_reader AS SELECT pg_read_file('PG_VERSION') AS a;
CREATE TABLE open_elder (id int);
CREATE TABLE hidden.heir () INHERITS (open_elder);
INSERT INTO hidden.heir VALUES (1);
CREATE PROCEDURE wipe_procedure() LANGUAGE sql AS $$ DELETE FROM public.notes $$;
CREATE FUNCTION wipe_standard() RETURNS int LANGUAGE sql BEGIN ATOMIC DELETE FROM notes; SELECT 1; END;
CREATE AGGREGATE wipe_all (int) (SFUNC = wipe_by_operator, STYPE = int, INITCOND = '0');
CREATE FUNCTION innocent(a int DEFAULT wipe_notes()) RETURNS int LANGUAGE sql AS $$ SELECT a $$;
CREATE TABLE open_partial (id int, body text, live boolean);
CREATE UNIQUE INDEX ON open_partial (id) WHERE live;
`;

export const POLICY = `
rules:
  main:
  - {id: read, effect: allow, match: {statement: [SELECT, PREPARE, EXECUTE], reads: ["public.*", "@catalog"], functions: safe}}
  - {id: plans, effect: allow, match: {statement: [EXPLAIN], reads: ["public.*"]}}
  - {id: add, effect: allow, match: {statement: [INSERT], writes: [public.notes], reads: [public.notes]}}
  - {id: keyed, effect: allow, match: {statement: [UPDATE], writes: [public.notes], reads: [public.notes], where: keyed}}
  - {id: open, effect: allow, match: {statement: [INSERT], writes: ["public.open_*"]}}
  - {id: open-keyed, effect: allow, match: {statement: [UPDATE, DELETE, MERGE], writes: ["public.open_*"], reads: ["public.*"], where: keyed}}
  - {id: never, effect: deny, message: "destructive or opaque SQL", match: {any: [{statement: ["DROP *", TRUNCATE, DO, CALL, GRANT, REVOKE]}, {statement: DELETE, writes: [public.notes, public.customers]}, {classified: false}]}}
masks:
  pii:
  - {column: public.customers.ssn, action: redact}
`;

/** One row that changes when anything that matters changed: data, relations, functions, roles, settings. */
export const FINGERPRINT = `
SELECT (SELECT md5(string_agg(c::text, '|' ORDER BY id)) FROM customers c) AS customers,
       (SELECT md5(string_agg(n::text, '|' ORDER BY id)) FROM notes n WHERE id <> 3) AS notes,
       (SELECT md5(string_agg(s::text, '|' ORDER BY id)) FROM hidden.secrets s) AS secrets,
       (SELECT md5(string_agg(oid::text || relname || coalesce(obj_description(oid), ''), '|' ORDER BY oid)) FROM pg_class WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%')) AS relations,
       (SELECT string_agg(relname, '|') FROM pg_class WHERE relname = 'stolen') AS stolen,
       (SELECT count(*)::text FROM pg_proc) AS functions,
       (SELECT md5(string_agg(rolname, '|' ORDER BY rolname)) FROM pg_roles) AS roles,
       (SELECT count(*)::text FROM pg_largeobject_metadata) AS large_objects,
       (SELECT last_value::text || is_called::text FROM note_ids) AS sequence,
       (SELECT count(*)::text FROM pg_prepared_statements) AS prepared,
       (SELECT count(*)::text FROM pg_file_settings WHERE name = 'log_statement') AS settings,
       (SELECT string_agg(l::text, '|') FROM hidden.lines l) AS lines,
       (SELECT string_agg(setconfig::text, '|') FROM pg_db_role_setting) AS role_settings`;
