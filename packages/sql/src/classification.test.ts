/** What commands do, by example: one line of SQL, one line of facts (see testing.ts for the database). */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { loadParser } from "./parser.ts";
import { brief } from "./testing.ts";

beforeAll(loadParser);

const TABLE: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    "names in queries",
    [
      ["SELECT 1", "SELECT"],
      ["select 1 as delete, 'drop table t'", "SELECT"],
      ["SELECT name FROM customers", "SELECT r:public.customers"],
      ["SELECT name FROM public.customers", "SELECT r:public.customers"],
      ["SELECT name FROM db.public.customers", "SELECT r:public.customers"],
      ["TABLE customers", "SELECT r:public.customers"],
      ["VALUES (1), (2)", "SELECT"],
      ["SELECT * FROM notes n, customers c", "SELECT r:public.customers,public.notes"],
      ["SELECT * FROM ONLY (customers)", "SELECT r:public.customers"],
      ['SELECT * FROM U&"\\0063ustomers"', "SELECT r:public.customers"],
      ['SELECT * FROM "Customers"', "SELECT r:?.Customers\u2026"],
      [
        "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id LEFT JOIN notes n USING (id)",
        "SELECT r:public.customers,public.notes,public.orders",
      ],
      ["SELECT * FROM customers NATURAL JOIN notes", "SELECT r:public.customers,public.notes"],
      [
        "SELECT (SELECT body FROM notes LIMIT 1) FROM customers WHERE EXISTS (SELECT 1 FROM orders) ORDER BY (SELECT 1 FROM audit.log)",
        "SELECT r:audit.log,public.customers,public.notes,public.orders",
      ],
      [
        "SELECT * FROM (SELECT * FROM notes) n, LATERAL (SELECT * FROM orders WHERE id = n.id) o",
        "SELECT r:public.notes,public.orders",
      ],
      [
        "SELECT 1 FROM customers GROUP BY (SELECT id FROM notes) HAVING (SELECT true FROM orders) LIMIT (SELECT 1 FROM audit.log)",
        "SELECT r:audit.log,public.customers,public.notes,public.orders",
      ],
      [
        "SELECT count(*) FILTER (WHERE id IN (SELECT id FROM notes)) OVER (PARTITION BY (SELECT 1 FROM orders)) FROM customers",
        "SELECT r:public.customers,public.notes,public.orders f:pg_catalog.count@safe",
      ],
      [
        "SELECT 1 FROM customers UNION SELECT 2 FROM notes EXCEPT (SELECT 3 FROM orders)",
        "SELECT r:public.customers,public.notes,public.orders",
      ],
      [
        "SELECT CASE WHEN EXISTS (TABLE notes) THEN 1 ELSE (SELECT id FROM orders) END",
        "SELECT r:public.notes,public.orders",
      ],
      [
        "SELECT ARRAY(SELECT id FROM notes), ROW((SELECT id FROM orders)), (ARRAY[1])[(SELECT id FROM customers)]",
        "SELECT r:public.customers,public.notes,public.orders",
      ],
      [
        "SELECT * FROM generate_series(1, (SELECT max(id) FROM notes))",
        "SELECT r:public.notes f:pg_catalog.generate_series@safe,pg_catalog.max@safe",
      ],
      [
        "SELECT * FROM ROWS FROM (lower('a'), hello()) AS t(a, b)",
        "SELECT f:app.hello,pg_catalog.lower@safe,public.lower writes",
      ],
      ["SELECT * FROM customers TABLESAMPLE bernoulli(10)", "SELECT r:public.customers"],
      [
        "SELECT * FROM customers TABLESAMPLE custom_method(10)",
        "SELECT\u2026 r:public.customers\u2026 w:\u2026 f:?.custom_method\u2026 where:? writes",
      ],
      ["SELECT * FROM customers FOR UPDATE OF customers SKIP LOCKED", "SELECT r:public.customers writes"],
      ["SELECT * FROM vip", "SELECT r:public.customers,public.vip"],
      ["SELECT * FROM vip_names", "SELECT r:public.customers,public.vip,public.vip_names"],
      ["SELECT * FROM totals", "SELECT r:public.orders,public.totals"],
      ["SELECT * FROM busy", "SELECT r:public.busy,public.notes f:public.work writes"],
      ["SELECT * FROM events", "SELECT r:public.events"],
      ["SELECT relname FROM pg_class", "SELECT r:pg_catalog.pg_class@catalog"],
      [
        "SELECT relname FROM pg_catalog.pg_class JOIN pg_namespace n ON n.oid = relnamespace",
        "SELECT r:pg_catalog.pg_class@catalog,pg_catalog.pg_namespace@catalog",
      ],
      ["SELECT * FROM information_schema.tables", "SELECT r:information_schema.tables@catalog"],
      ["SELECT rolpassword FROM pg_authid", "SELECT r:pg_catalog.pg_authid"],
      ["SELECT * FROM pg_stats", "SELECT r:pg_catalog.pg_stats"],
      ["SELECT query FROM pg_stat_activity", "SELECT r:pg_catalog.pg_stat_activity"],
      ["SELECT * FROM pg_settings", "SELECT r:pg_catalog.pg_settings@catalog"],
      ["SELECT * FROM pg_toast.pg_toast_20001", "SELECT r:pg_toast.pg_toast_20001\u2026"],
      ["SELECT * FROM nothing_here", "SELECT r:?.nothing_here\u2026"],
      ["SELECT * FROM app.nothing_here", "SELECT r:app.nothing_here\u2026"],
      ["SELECT * FROM hidden.only_here", "SELECT r:hidden.only_here"],
      ["SELECT * FROM only_here", "SELECT r:?.only_here\u2026"],
      ["SELECT * FROM pg_temp.x", "SELECT r:pg_temp.x"],
      ["SELECT * FROM pg_temp_3.x", "SELECT r:pg_temp.x\u2026"],
      ["SELECT last_value FROM customers_id_seq", "SELECT r:public.customers_id_seq"],
    ],
  ],
  [
    "WITH",
    [
      ["WITH c AS (SELECT 1) SELECT * FROM c", "SELECT"],
      ["WITH customers AS (SELECT 1) SELECT * FROM customers", "SELECT"],
      ["WITH customers AS (SELECT * FROM customers) SELECT * FROM customers", "SELECT r:public.customers"],
      ["WITH customers AS (SELECT 1) SELECT * FROM public.customers", "SELECT r:public.customers"],
      ["WITH RECURSIVE t AS (SELECT 1 UNION ALL SELECT * FROM t) SELECT * FROM t", "SELECT"],
      ["WITH RECURSIVE notes AS (SELECT 1 UNION ALL SELECT * FROM notes) SELECT * FROM notes", "SELECT"],
      ["WITH RECURSIVE a AS (SELECT * FROM notes), notes AS (SELECT 1) SELECT * FROM a", "SELECT"],
      ["WITH a AS (SELECT * FROM notes), notes AS (SELECT 1) SELECT * FROM a, notes", "SELECT r:public.notes"],
      ["SELECT * FROM (WITH notes AS (SELECT 1) SELECT * FROM notes) x, notes", "SELECT r:public.notes"],
      ["WITH a AS (WITH notes AS (SELECT 1) SELECT * FROM notes) SELECT * FROM a, notes", "SELECT r:public.notes"],
      ["(WITH notes AS (SELECT 1) SELECT * FROM notes) UNION SELECT id FROM notes", "SELECT r:public.notes"],
      [
        "WITH notes AS (SELECT 1) SELECT * FROM customers WHERE id IN (SELECT * FROM notes)",
        "SELECT r:public.customers",
      ],
      ["WITH notes AS (SELECT 1) DELETE FROM notes", "DELETE r:public.notes w:public.notes where:none writes"],
      [
        "WITH d AS (DELETE FROM notes RETURNING *) SELECT * FROM d",
        "DELETE,SELECT r:public.notes w:public.notes where:none writes",
      ],
      [
        "WITH d AS MATERIALIZED (DELETE FROM notes WHERE id = 1 RETURNING *) SELECT * FROM d",
        "DELETE,SELECT r:public.notes w:public.notes where:keyed writes",
      ],
      [
        "WITH u AS (UPDATE notes SET body = '' RETURNING id), i AS (INSERT INTO audit.log SELECT id FROM u) SELECT 1",
        "INSERT,SELECT,UPDATE r:public.notes w:audit.log,public.notes where:none writes",
      ],
      [
        "WITH a AS (WITH b AS (DELETE FROM orders RETURNING 1) SELECT * FROM b) SELECT * FROM a",
        "DELETE,SELECT r:public.orders w:public.orders where:none writes",
      ],
    ],
  ],
  [
    "changes of rows",
    [
      ["INSERT INTO orders VALUES (1)", "INSERT w:public.orders writes"],
      ["INSERT INTO orders (id, note) SELECT id, body FROM notes", "INSERT r:public.notes w:public.orders writes"],
      ["INSERT INTO orders DEFAULT VALUES RETURNING id", "INSERT r:public.orders w:public.orders writes"],
      ["INSERT INTO orders VALUES (1) ON CONFLICT DO NOTHING", "INSERT w:public.orders writes"],
      [
        "INSERT INTO customers VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE customers.region = (SELECT body FROM notes)",
        "INSERT,UPDATE r:public.customers,public.notes w:public.customers where:keyed writes",
      ],
      [
        "INSERT INTO customers SELECT * FROM customers ON CONFLICT (id) DO UPDATE SET name = ''",
        "INSERT,UPDATE r:public.customers w:public.customers where:present writes",
      ],
      ["INSERT INTO vip VALUES (1)", "INSERT w:public.customers,public.vip writes"],
      ["INSERT INTO vip_names VALUES ('a')", "INSERT w:public.customers,public.vip,public.vip_names writes"],
      [
        "INSERT INTO old_notes VALUES (1)",
        "DELETE,INSERT r:public.notes w:public.notes,public.old_notes where:none writes",
      ],
      [
        "UPDATE customers SET name = 'x' WHERE id = 1",
        "UPDATE r:public.customers w:public.customers where:keyed writes",
      ],
      [
        "UPDATE customers SET name = (SELECT body FROM notes) FROM orders o WHERE o.customer_id = customers.id",
        "UPDATE r:public.customers,public.notes,public.orders w:public.customers where:present writes",
      ],
      [
        "UPDATE customers SET (name, region) = (SELECT body, body FROM notes) WHERE id = $1",
        "UPDATE r:public.customers,public.notes w:public.customers where:keyed writes",
      ],
      ["UPDATE customers SET name = 'x'", "UPDATE r:public.customers w:public.customers where:none writes"],
      [
        "DELETE FROM orders USING notes WHERE orders.id = notes.id",
        "DELETE r:public.notes,public.orders w:public.orders where:present writes",
      ],
      ["DELETE FROM ONLY notes WHERE id = 4", "DELETE r:public.notes w:public.notes where:keyed writes"],
      ["DELETE FROM customers WHERE CURRENT OF c", "DELETE r:public.customers w:public.customers where:present writes"],
      [
        "MERGE INTO customers c USING notes n ON c.id = n.id WHEN MATCHED THEN DELETE",
        "DELETE,MERGE r:public.customers,public.notes w:public.customers where:present writes",
      ],
      [
        "MERGE INTO customers c USING notes n ON c.id = n.id WHEN NOT MATCHED THEN INSERT VALUES (n.id)",
        "INSERT,MERGE r:public.customers,public.notes w:public.customers writes",
      ],
      [
        "MERGE INTO customers c USING notes n ON c.id = n.id WHEN MATCHED THEN UPDATE SET name = n.body WHEN NOT MATCHED THEN INSERT VALUES (n.id) WHEN NOT MATCHED BY SOURCE THEN DELETE",
        "DELETE,INSERT,MERGE,UPDATE r:public.customers,public.notes w:public.customers where:none writes",
      ],
      [
        "MERGE INTO customers USING notes ON true WHEN MATCHED THEN DO NOTHING",
        "MERGE r:public.customers,public.notes w:public.customers writes",
      ],
      [
        "MERGE INTO customers c USING (SELECT 1) n ON c.id = 7 WHEN MATCHED THEN DELETE",
        "DELETE,MERGE r:public.customers w:public.customers where:keyed writes",
      ],
      ["TRUNCATE customers", "TRUNCATE,TRUNCATE_TABLE w:public.customers writes"],
      [
        "TRUNCATE TABLE ONLY customers, orders CASCADE",
        "TRUNCATE,TRUNCATE_TABLE w:public.customers,public.orders writes",
      ],
    ],
  ],
  [
    "EXPLAIN",
    [
      ["EXPLAIN SELECT * FROM customers", "EXPLAIN r:public.customers"],
      ["EXPLAIN DELETE FROM customers", "EXPLAIN r:public.customers"],
      [
        "EXPLAIN (ANALYZE) DELETE FROM customers",
        "DELETE,EXPLAIN r:public.customers w:public.customers where:none writes",
      ],
      [
        "EXPLAIN ANALYZE DELETE FROM customers WHERE id = 1",
        "DELETE,EXPLAIN r:public.customers w:public.customers where:keyed writes",
      ],
      ["EXPLAIN (ANALYZE off) DELETE FROM customers", "EXPLAIN r:public.customers"],
      ["EXPLAIN (ANALYZE 0, VERBOSE) DELETE FROM customers", "EXPLAIN r:public.customers"],
      [
        "EXPLAIN (ANALYZE false, ANALYZE true) DELETE FROM customers",
        "DELETE,EXPLAIN r:public.customers w:public.customers where:none writes",
      ],
      ['EXPLAIN (ANALYZE "on") SELECT 1', "EXPLAIN,SELECT"],
      ["EXPLAIN SELECT pg_sleep(1)", "EXPLAIN f:pg_catalog.pg_sleep@sleep writes"],
      [
        "EXPLAIN ANALYZE CREATE TABLE x AS SELECT * FROM notes",
        "CREATE_TABLE_AS,EXPLAIN,SELECT r:public.notes w:app.x writes",
      ],
      ["EXPLAIN EXECUTE gone", "EXPLAIN\u2026 r:\u2026 f:\u2026 where:? writes unclassified"],
    ],
  ],
  [
    "bodies that are not read",
    [
      [
        "DO $$ BEGIN EXECUTE format('dr%s table %I', 'op', 't'); END $$",
        "DO\u2026 r:\u2026 w:\u2026 f:\u2026 where:? writes unclassified",
      ],
      ["CALL app.hello()", "CALL f:app.hello writes"],
      [
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DROP TABLE t'",
        "CREATE_FUNCTION,DROP_TABLE w:?.t\u2026 writes",
      ],
      [
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC; SELECT 1; END",
        "CREATE_FUNCTION w:\u2026 writes",
      ],
      [
        "CREATE PROCEDURE p() LANGUAGE sql AS ''",
        "CREATE_PROCEDURE w:\u2026 writes",
      ],
      [
        "ALTER FUNCTION f() SECURITY DEFINER",
        "ALTER_FUNCTION w:\u2026 f:\u2026 writes",
      ],
      ["DROP FUNCTION f()", "DROP_FUNCTION w:\u2026 writes"],
      ["CREATE EXTENSION dblink", "CREATE_EXTENSION\u2026 r:\u2026 w:\u2026 f:\u2026 where:? writes unclassified"],
      ["LOAD 'x'", "LOAD\u2026 r:\u2026 w:\u2026 f:\u2026 where:? writes unclassified"],
      [
        "CREATE OPERATOR === (PROCEDURE = f, LEFTARG = int, RIGHTARG = int)",
        "CREATE_OPERATOR\u2026 r:\u2026 w:\u2026 f:?.f\u2026 where:? writes",
      ],
      [
        "CREATE CAST (text AS int) WITH FUNCTION f",
        "CREATE_CAST\u2026 r:\u2026 w:\u2026 f:?.f\u2026 where:? writes",
      ],
      [
        "CREATE RULE r AS ON INSERT TO notes DO INSTEAD DELETE FROM orders",
        "CREATE_RULE,DELETE r:public.orders w:public.notes,public.orders\u2026 where:none writes",
      ],
      [
        "CREATE TRIGGER t BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION work()",
        "CREATE_TRIGGER w:public.notes f:public.work writes",
      ],
      [
        "CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION work()",
        "CREATE_EVENT_TRIGGER w:\u2026 f:public.work writes",
      ],
      [
        "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p",
        "CREATE_SUBSCRIPTION\u2026 r:\u2026 w:\u2026 f:\u2026 where:? writes unclassified",
      ],
      [
        "ALTER SYSTEM SET wal_level = minimal",
        "ALTER_SYSTEM,SET_wal_level\u2026 r:\u2026 w:\u2026 f:\u2026 where:? writes unclassified",
      ],
    ],
  ],
  [
    "statements run by name",
    [
      ["PREPARE p AS DELETE FROM notes", "DELETE,PREPARE r:public.notes w:public.notes where:none writes"],
      [
        "PREPARE p AS DELETE FROM notes WHERE id = $1; EXECUTE p(1)",
        "DELETE,EXECUTE,PREPARE r:public.notes w:public.notes where:keyed writes",
      ],
      ["EXECUTE unknown_one", "EXECUTE\u2026 r:\u2026 w:\u2026 f:\u2026 where:? writes unclassified"],
      [
        "EXECUTE p(pg_sleep(3))",
        "EXECUTE\u2026 r:\u2026 w:\u2026 f:pg_catalog.pg_sleep@sleep\u2026 where:? writes unclassified",
      ],
      [
        "PREPARE p AS SELECT 1; DEALLOCATE p; EXECUTE p",
        "DEALLOCATE,EXECUTE,PREPARE,SELECT\u2026 r:\u2026 w:\u2026 f:\u2026 where:? writes unclassified",
      ],
      [
        "PREPARE p AS SELECT * FROM notes; SET search_path = audit; EXECUTE p",
        "EXECUTE,PREPARE,SELECT,SET_search_path r:audit.notes,hidden.notes,public.notes\u2026",
      ],
      [
        "DECLARE c CURSOR FOR SELECT * FROM notes; FETCH ALL FROM c; CLOSE c",
        "CLOSE_CURSOR,DECLARE_CURSOR,FETCH,SELECT r:public.notes",
      ],
      ["FETCH unknown_cursor", "FETCH\u2026 r:\u2026 w:\u2026 f:\u2026 where:? writes unclassified"],
      ["MOVE FORWARD 3 IN unknown_cursor", "MOVE\u2026 r:\u2026 w:\u2026 f:\u2026 where:? writes unclassified"],
      ["CLOSE ALL", "CLOSE_CURSOR_ALL housekeeping"],
      ["DEALLOCATE ALL", "DEALLOCATE_ALL housekeeping"],
    ],
  ],
  [
    "COPY",
    [
      ["COPY notes TO STDOUT", "COPY r:public.notes"],
      ["COPY notes FROM STDIN WITH (FORMAT csv)", "COPY w:public.notes writes"],
      ["COPY (SELECT * FROM customers) TO STDOUT", "COPY,SELECT r:public.customers"],
      ["COPY (DELETE FROM notes RETURNING *) TO STDOUT", "COPY,DELETE r:public.notes w:public.notes where:none writes"],
      ["COPY notes TO PROGRAM 'sh'", "COPY_PROGRAM r:public.notes writes"],
      ["COPY notes FROM PROGRAM 'sh'", "COPY_PROGRAM w:public.notes writes"],
      ["COPY notes FROM '/etc/passwd'", "COPY_FILE w:public.notes writes"],
      ["COPY (SELECT 1) TO '/tmp/x'", "COPY_FILE,SELECT writes"],
      ["COPY notes FROM STDIN WHERE id > (SELECT 1 FROM orders)", "COPY r:public.orders w:public.notes writes"],
    ],
  ],
  [
    "definitions",
    [
      [
        "CREATE TABLE x (id int DEFAULT nextval('s'), CHECK (lower('a') = 'a'))",
        "CREATE_TABLE w:app.x f:pg_catalog.lower@safe,pg_catalog.nextval@sequence,public.lower writes",
      ],
      ["CREATE TABLE audit.x (LIKE customers)", "CREATE_TABLE r:public.customers w:audit.x writes"],
      [
        "CREATE TABLE x (id int REFERENCES customers) INHERITS (notes)",
        "CREATE_TABLE w:app.x,public.customers,public.notes writes",
      ],
      ["CREATE TEMP TABLE x (id int)", "CREATE_TABLE w:pg_temp.x writes"],
      ["CREATE TABLE x AS SELECT * FROM notes", "CREATE_TABLE_AS,SELECT r:public.notes w:app.x writes"],
      [
        "CREATE TABLE x AS EXECUTE gone",
        "CREATE_TABLE_AS,EXECUTE\u2026 r:\u2026 w:app.x\u2026 f:\u2026 where:? writes unclassified",
      ],
      ["SELECT * INTO x FROM notes", "SELECT,SELECT_INTO r:public.notes w:app.x writes"],
      ["SELECT 1 AS a INTO TEMP x UNION SELECT 2", "SELECT,SELECT_INTO w:pg_temp.x writes"],
      ["CREATE VIEW v AS SELECT * FROM customers", "CREATE_VIEW r:public.customers w:app.v writes"],
      [
        "CREATE MATERIALIZED VIEW v AS SELECT lower(name) FROM customers",
        "CREATE_MATERIALIZED_VIEW,SELECT r:public.customers w:app.v f:pg_catalog.lower@safe,public.lower writes",
      ],
      ["REFRESH MATERIALIZED VIEW totals", "REFRESH_MATERIALIZED_VIEW r:public.orders w:public.totals writes"],
      [
        "CREATE INDEX ON customers (lower(name)) WHERE id > 1",
        "CREATE_INDEX w:public.customers f:pg_catalog.lower@safe,public.lower writes",
      ],
      ["CREATE SEQUENCE s", "CREATE_SEQUENCE w:app.s writes"],
      ["CREATE SCHEMA s", "CREATE_SCHEMA w:\u2026 writes"],
      ["ALTER SCHEMA s RENAME TO t", "ALTER_SCHEMA w:\u2026 writes"],
      ["ALTER FUNCTION f() OWNER TO r", "ALTER_FUNCTION w:\u2026 writes"],
      ["ALTER TYPE t SET SCHEMA s", "ALTER_TYPE w:\u2026 writes"],
      ["CREATE SCHEMA s CREATE TABLE t (id int)", "CREATE_SCHEMA,CREATE_TABLE w:app.t\u2026 writes"],
      ["CREATE TYPE t AS ENUM ('a')", "CREATE_TYPE w:app.t writes"],
      ["CREATE DOMAIN public.d AS int", "CREATE_DOMAIN w:public.d writes"],
      ["CREATE ROLE r", "CREATE_ROLE w:\u2026 writes"],
      ["CREATE DATABASE d", "CREATE_DATABASE w:\u2026 writes"],
      [
        "CREATE POLICY p ON notes USING (id = (SELECT 1 FROM orders))",
        "CREATE_POLICY r:public.orders w:public.notes writes",
      ],
      [
        "ALTER TABLE notes ADD COLUMN x int DEFAULT pg_sleep(1)",
        "ALTER_TABLE w:public.notes f:pg_catalog.pg_sleep@sleep writes",
      ],
      ["ALTER TABLE notes RENAME TO other", "ALTER_TABLE w:public.notes,public.other writes"],
      ["ALTER TABLE notes RENAME COLUMN body TO text", "ALTER_TABLE w:public.notes writes"],
      ["ALTER VIEW vip RENAME COLUMN id TO i", "ALTER_VIEW w:public.vip writes"],
      ["ALTER TABLE notes OWNER TO x", "ALTER_TABLE w:public.notes writes"],
      ["ALTER TABLE notes SET SCHEMA audit", "ALTER_TABLE w:audit.notes,public.notes writes"],
      ["ALTER INDEX customers_pkey RENAME TO y", "ALTER_INDEX w:public.customers_pkey,public.y writes"],
      ["ALTER ROLE r SUPERUSER", "ALTER_ROLE w:\u2026 writes"],
      ["ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x", "ALTER_DEFAULT_PRIVILEGES,GRANT w:\u2026 writes"],
      ["DROP TABLE notes", "DROP_TABLE w:public.notes writes"],
      ["DROP TABLE IF EXISTS audit.log, nothing_here", "DROP_TABLE w:?.nothing_here,audit.log\u2026 writes"],
      ["DROP VIEW vip CASCADE", "DROP_VIEW w:public.vip\u2026 writes"],
      ["DROP INDEX customers_pkey", "DROP_INDEX w:public.customers_pkey writes"],
      ["DROP TRIGGER t ON notes", "DROP_TRIGGER w:public.notes writes"],
      ["DROP SCHEMA audit CASCADE", "DROP_SCHEMA w:\u2026 writes"],
      ["DROP DATABASE d", "DROP_DATABASE w:\u2026 writes"],
      ["DROP OWNED BY r", "DROP_OWNED w:\u2026 writes"],
      ["DrOp/**/TABLE notes", "DROP_TABLE w:public.notes writes"],
      ["DROP /* a /* nested */ comment */ TABLE notes", "DROP_TABLE w:public.notes writes"],
      ["GRANT SELECT ON notes TO PUBLIC", "GRANT w:public.notes writes"],
      ["GRANT r TO s", "GRANT_ROLE w:\u2026 writes"],
      ["REVOKE ALL ON ALL TABLES IN SCHEMA public FROM x", "REVOKE w:\u2026 writes"],
      ["COMMENT ON TABLE notes IS 'x'", "COMMENT w:public.notes writes"],
      ["LOCK TABLE notes IN ACCESS EXCLUSIVE MODE", "LOCK_TABLE w:public.notes writes"],
      ["VACUUM notes", "VACUUM w:public.notes writes"],
      ["VACUUM", "VACUUM w:\u2026 writes"],
      ["ANALYZE notes", "ANALYZE w:public.notes writes"],
      ["CLUSTER notes", "CLUSTER w:public.notes\u2026 writes"],
      ["REINDEX TABLE notes", "REINDEX w:public.notes\u2026 writes"],
    ],
  ],
  [
    "transactions and notifications",
    [
      ["CHECKPOINT", "CHECKPOINT writes"],
      ["LISTEN x", "LISTEN writes"],
      ["NOTIFY x, 'y'", "NOTIFY writes"],
      ["UNLISTEN *", "UNLISTEN writes"],
      ["BEGIN", "BEGIN housekeeping"],
      ["START TRANSACTION READ ONLY", "START_TRANSACTION housekeeping"],
      ["COMMIT", "COMMIT housekeeping"],
      ["END", "COMMIT housekeeping"],
      ["ROLLBACK", "ROLLBACK housekeeping"],
      ["SAVEPOINT a", "SAVEPOINT housekeeping"],
      ["RELEASE a", "RELEASE housekeeping"],
      ["ROLLBACK TO a", "ROLLBACK housekeeping"],
      ["PREPARE TRANSACTION 'x'", "PREPARE_TRANSACTION w:\u2026 writes"],
      ["COMMIT PREPARED 'x'", "COMMIT_PREPARED w:\u2026 writes"],
    ],
  ],
  [
    "settings",
    [
      ["SHOW ALL", "SHOW housekeeping"],
      ["DISCARD ALL", "DISCARD_ALL housekeeping"],
      ["DISCARD TEMP", "DISCARD_TEMP housekeeping"],
      ["SET statement_timeout = 5", "SET housekeeping"],
      ["SET LOCAL application_name = 'x'", "SET housekeeping"],
      ["SET \"APPLICATION_NAME\" = 'x'", "SET housekeeping"],
      ["SET TIME ZONE 'UTC'", "SET housekeeping"],
      ["SET NAMES 'UTF8'", "SET housekeeping"],
      ["SET client_encoding = 'SJIS'", "SET_client_encoding"],
      ["SET datestyle = 'ISO'", "SET housekeeping"],
      ["SET datestyle = 'SQL, DMY'", "SET_datestyle"],
      ["SET search_path = audit", "SET_search_path"],
      ["SET LOCAL search_path TO audit", "SET_search_path"],
      ["SET SCHEMA 'audit'", "SET_search_path"],
      ["SET ROLE x", "SET_ROLE"],
      ["SET ROLE NONE", "SET_ROLE"],
      ["RESET ROLE", "SET_ROLE"],
      ["SET SESSION AUTHORIZATION x", "SET_SESSION_AUTHORIZATION"],
      ["SET standard_conforming_strings = off", "SET_standard_conforming_strings"],
      ["SET backslash_quote = on", "SET_backslash_quote"],
      ["SET session_replication_role = replica", "SET_session_replication_role"],
      ["SET row_security = off", "SET_row_security"],
      ["SET app.user_id = '5'", "SET_app.user_id"],
      ["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET housekeeping"],
      ["SET TRANSACTION SNAPSHOT 'x'", "SET_TRANSACTION_SNAPSHOT"],
      ["SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", "SET housekeeping"],
      ["SET CONSTRAINTS ALL DEFERRED", "SET_CONSTRAINTS writes"],
      ["RESET statement_timeout", "RESET housekeeping"],
      ["RESET search_path", "SET_search_path"],
      ["RESET ALL", "RESET_ALL housekeeping"],
    ],
  ],
  [
    "functions, operators, casts",
    [
      [
        "SELECT lower('x'), upper('x'), now(), current_user",
        "SELECT f:pg_catalog.lower@safe,pg_catalog.now@safe,pg_catalog.upper@safe,public.lower writes",
      ],
      ["SELECT pg_catalog.lower('x')", "SELECT f:pg_catalog.lower@safe"],
      ["SELECT public.lower('x')", "SELECT f:public.lower writes"],
      [
        "SELECT nextval('s'), pg_sleep(1), set_config('a', 'b', false)",
        "SELECT f:pg_catalog.nextval@sequence,pg_catalog.pg_sleep@sleep,pg_catalog.set_config@settings writes",
      ],
      ["SELECT pg_read_file('/etc/passwd')", "SELECT f:pg_catalog.pg_read_file@files writes"],
      ["SELECT lo_export(1, '/tmp/x')", "SELECT f:pg_catalog.lo_export@files writes"],
      ["SELECT dblink('x', 'y')", "SELECT\u2026 r:\u2026 w:\u2026 f:?.dblink\u2026 where:? writes"],
      ["SELECT public.dblink('x', 'y')", "SELECT\u2026 r:\u2026 w:\u2026 f:public.dblink\u2026 where:? writes"],
      ["SELECT hello(), app.hello(), audit.hello()", "SELECT f:app.hello,audit.hello writes"],
      [
        "SELECT c.full_name, (c).full_name, c.name FROM customers c",
        "SELECT r:public.customers f:public.full_name writes",
      ],
      ["SELECT 1 OPERATOR(audit.+) 2", "SELECT f:… writes"],
      ["SELECT 1 <#> 2", "SELECT f:… writes"],
      ["SELECT id FROM notes ORDER BY id USING <#>", "SELECT r:public.notes f:… writes"],
      [
        "SELECT 1 === 2, 1 OPERATOR(public.===) 2, 1 OPERATOR(pg_catalog.=) 2, 1 %% 2, 1 = 2",
        "SELECT f:public.same writes",
      ],
      ["SELECT 'x'::money_amount, CAST('x' AS public.money_amount), 'x'::regclass", "SELECT f:public.to_money writes"],
      ["SELECT query_to_xml('delete from t', true, true, '')", "SELECT\u2026 r:\u2026 w:\u2026 f:?.query_to_xml\u2026 where:? writes"],
    ],
  ],
  [
    "several statements",
    [
      ["SELECT 1; DROP TABLE notes", "DROP_TABLE,SELECT w:public.notes writes"],
      [
        "SELECT 1 AS a$x$; DELETE FROM customers; SELECT 1 AS b$x$",
        "DELETE,SELECT r:public.customers w:public.customers where:none writes",
      ],
      ["BEGIN; INSERT INTO orders VALUES (1); COMMIT", "BEGIN,COMMIT,INSERT w:public.orders writes"],
      [
        "SET search_path = audit; SELECT * FROM notes",
        "SELECT,SET_search_path r:audit.notes,hidden.notes,public.notes\u2026",
      ],
      [
        "SELECT set_config('search_path', 'audit', false); SELECT * FROM notes",
        "SELECT r:audit.notes,hidden.notes,public.notes\u2026 f:pg_catalog.set_config@settings writes",
      ],
      [
        "CREATE TEMP TABLE notes (id int); SELECT * FROM notes",
        "CREATE_TABLE,SELECT r:pg_temp.notes,public.notes w:pg_temp.notes writes",
      ],
      [
        "ALTER TABLE audit.log RENAME TO notes; SELECT * FROM notes",
        "ALTER_TABLE,SELECT r:public.notes\u2026 w:audit.log,audit.notes writes",
      ],
      [";;", "EMPTY_QUERY housekeeping"],
      ["SELECT E'\\\\'; DROP TABLE notes; --'", "DROP_TABLE,SELECT w:public.notes writes"],
      ["SELECT U&'\\0027; DROP TABLE notes'", "SELECT"],
    ],
  ],
];

describe.each([...TABLE])("%s", (_topic, rows) => {
  test.each([...rows])("%s", (sql, expected) => {
    expect(brief(sql)).toBe(expected);
  });
});
