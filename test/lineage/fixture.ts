/** The database of the lineage tests: every kind of relation over masked columns. Pure data. */
export const SCHEMA = `
CREATE TYPE pair AS (a text, b text);
CREATE DOMAIN label AS text;
CREATE TABLE customers (
  id int PRIMARY KEY, name text, ssn text, card varchar(40), mail text UNIQUE, pin bigint, doc jsonb, region text,
  shout text GENERATED ALWAYS AS (upper(ssn)) STORED
);
INSERT INTO customers VALUES
  (1, 'Ada', 'Canary-ssn-7Q', 'Kanarie-card-9X', 'quetzal@nest.example', 918273645546372819,
   '{"k": "Zeisig-doc-5W", "n": [1, {"deep": "Zeisig-doc-5W"}]}', 'north'),
  (2, 'Bob', 'Canary-ssn-7Q', 'Kanarie-card-9X', NULL, 918273645546372819, '["Zeisig-doc-5W"]', 'south'),
  (3, 'Cyd', NULL, NULL, NULL, NULL, NULL, 'north');
CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers, total numeric, note text);
INSERT INTO orders VALUES (10, 1, 5, 'first'), (11, 2, 6.5, 'second'), (12, 1, 7, NULL);
CREATE TABLE tree (id int PRIMARY KEY, parent int, label text);
INSERT INTO tree VALUES (1, NULL, 'root'), (2, 1, 'branch'), (3, 2, 'leaf');
CREATE TABLE vault (id int PRIMARY KEY, secret text, other text);
INSERT INTO vault VALUES (1, 'nothing yet', 'open');
CREATE VIEW people AS SELECT id, name AS called, ssn AS number FROM customers;
CREATE VIEW loud AS SELECT p.id, upper(p.number) AS number, o.note FROM people p LEFT JOIN orders o ON o.customer = p.id;
CREATE VIEW united AS SELECT id, name AS what FROM customers UNION ALL SELECT id, ssn FROM customers;
CREATE VIEW clean AS SELECT c.id, c.name, o.total FROM customers c JOIN orders o ON o.customer = c.id;
CREATE VIEW regions AS SELECT region, count(*) AS n, max(name) AS last FROM customers GROUP BY region;
CREATE VIEW chain AS WITH RECURSIVE r(id, path) AS (
  SELECT id, ssn FROM customers UNION ALL SELECT r.id + 100, r.path || '!' FROM r WHERE r.id < 100) SELECT * FROM r;
CREATE MATERIALIZED VIEW cached AS SELECT id, name, ssn FROM customers;
CREATE TABLE archive () INHERITS (customers);
INSERT INTO archive (id, name, ssn) VALUES (9, 'Old', 'Canary-ssn-7Q');
CREATE TABLE parted (id int, day date, ssn text) PARTITION BY RANGE (day);
CREATE TABLE parted_old PARTITION OF parted FOR VALUES FROM ('2000-01-01') TO ('2020-01-01');
INSERT INTO parted VALUES (1, '2010-01-01', 'Canary-ssn-7Q');
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1';
CREATE FUNCTION greet(who text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'hello ' || who; END $$;
CREATE FUNCTION numbers() RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT ssn FROM customers';
CREATE FUNCTION dynamic(text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE r text; BEGIN EXECUTE $1 INTO r; RETURN r; END $$;
CREATE TABLE logged (id int, what text);
CREATE FUNCTION logs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO logged VALUES (NEW.id, 'changed'); RETURN NEW; END $$;
CREATE TRIGGER logs AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION logs();
ANALYZE;
`;

export const MASKS = `
masks:
  pii:
  - {column: public.customers.ssn, action: redact}
  - {column: public.customers.card, action: partial, keep_last: 2}
  - {column: public.customers.mail, action: tokenize}
  - {column: public.customers.pin, action: "null"}
  - {column: public.customers.doc, action: redact}
  - {column: public.parted.ssn, action: redact}
  - {column: public.vault.secret, action: redact}
`;

export const POLICY = `
rules:
  main:
  - {id: any, effect: allow, match: {statement: ["*"], functions: any}}
${MASKS}`;
