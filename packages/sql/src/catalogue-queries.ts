/**
 * What gate asks a PostgreSQL server (13 to 18) about itself, one round trip a query, all columns as text. Pure data.
 *
 * Every name is qualified, so a schema earlier on the search path cannot answer in the catalogue's place. Objects with
 * an oid from 16384 on are the users' own (FirstNormalObjectId in access/transam.h).
 */

export type CatalogueQueryName =
  | "schemas"
  | "relations"
  | "columns"
  | "keys"
  | "dependencies"
  | "inheritance"
  | "builtins"
  | "functions"
  | "operators"
  | "casts"
  | "routines"
  | "triggers"
  | "foreignKeys"
  | "runs"
  | "rules"
  | "policyReads"
  | "eventTriggers"
  | "views";

/** What the queries return: query name → rows of text. */
export type CatalogueRows = Readonly<Record<CatalogueQueryName, readonly (readonly (string | null)[])[]>>;

/** Longest source of a function that gate reads, in bytes; what a longer one does is not known. */
export const BODY_BYTES_MAX = 262_144;

export const CATALOGUE_QUERIES: Readonly<Record<CatalogueQueryName, string>> = {
  // name, may the role use it. The search path skips a schema that does not exist or may not be used.
  schemas: `
SELECT n.nspname::pg_catalog.text, pg_catalog.has_schema_privilege(n.oid, 'USAGE')::pg_catalog.text
FROM pg_catalog.pg_namespace n
WHERE n.nspname !~ '^pg_(toast_)?temp_'`,
  // oid, schema, name, kind. Temporary relations belong to sessions and are tracked per connection.
  relations: `
SELECT c.oid::pg_catalog.text, n.nspname::pg_catalog.text, c.relname::pg_catalog.text, c.relkind::pg_catalog.text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S', 'i', 'I') AND c.relpersistence <> 't' AND n.nspname <> 'pg_toast'
ORDER BY c.oid`,
  // relation oid, attribute number, name, type oid, not null, and for a generated column the attribute numbers that it
  // is made of; last the relation whose rows the column holds, alone, in an array or through a domain. Users' relations
  // only. Before 15 a generated column itself depends on the others, since then its default does.
  columns: `
SELECT a.attrelid::pg_catalog.text, a.attnum::pg_catalog.text, a.attname::pg_catalog.text, a.atttypid::pg_catalog.text,
  a.attnotnull::pg_catalog.text,
  CASE WHEN a.attgenerated <> '' THEN (
    SELECT pg_catalog.string_agg(DISTINCT d.refobjsubid::pg_catalog.text, ' ')
    FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = a.attrelid
      AND d.refobjsubid NOT IN (0, a.attnum)
      AND ((d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = a.attrelid AND d.objsubid = a.attnum)
        OR (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid =
          (SELECT f.oid FROM pg_catalog.pg_attrdef f WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum))))
  END,
  COALESCE(NULLIF(t.typrelid, 0), NULLIF(e.typrelid, 0), NULLIF(b.typrelid, 0), NULLIF(be.typrelid, 0))::pg_catalog.text
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typelem <> 0
LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype AND t.typbasetype <> 0
LEFT JOIN pg_catalog.pg_type be ON be.oid = b.typelem AND b.typelem <> 0
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.oid >= 16384 AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
  AND c.relpersistence <> 't'
ORDER BY a.attrelid, a.attnum`,
  // relation oid, attribute numbers of a unique key. Only keys that hold at once and for every row, and whose index
  // tells apart whatever the column's own equality tells apart.
  keys: `
SELECT i.indrelid::pg_catalog.text,
  (SELECT pg_catalog.string_agg(k.attnum::pg_catalog.text, ' ' ORDER BY k.place)
   FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY k(attnum, place)
   WHERE k.place <= i.indnkeyatts)
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
WHERE i.indisunique AND i.indisvalid AND i.indisready AND i.indislive AND i.indimmediate AND NOT i.indisexclusion
  AND i.indpred IS NULL AND i.indexprs IS NULL AND c.oid >= 16384 AND c.relpersistence <> 't'
  AND NOT EXISTS (
    SELECT FROM ROWS FROM (pg_catalog.unnest(i.indkey::pg_catalog.int2[]), pg_catalog.unnest(i.indcollation::pg_catalog.oid[]),
      pg_catalog.unnest(i.indclass::pg_catalog.oid[])) k(attnum, keycollation, opclass)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    JOIN pg_catalog.pg_opclass o ON o.oid = k.opclass
    LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
    WHERE (o.oid >= 16384 AND NOT o.opcdefault) OR (a.attcollation <> k.keycollation AND NOT l.collisdeterministic))
ORDER BY i.indexrelid`,
  // relation oid, event of its rewrite rule (1 SELECT, 2 UPDATE, 3 INSERT, 4 DELETE), oid that the rule uses,
  // and "r" for a relation or "f" and the schema and name of a function. A rule without uses gives nulls.
  dependencies: `
SELECT DISTINCT r.ev_class::pg_catalog.text, r.ev_type::pg_catalog.text, d.refobjid::pg_catalog.text,
  CASE WHEN d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass THEN 'r' WHEN p.oid IS NOT NULL THEN 'f' END,
  n.nspname::pg_catalog.text, p.proname::pg_catalog.text
FROM pg_catalog.pg_rewrite r
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
  AND d.refclassid IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass)
  AND NOT (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = r.ev_class)
LEFT JOIN pg_catalog.pg_proc p ON d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.refobjid
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE r.ev_class >= 16384`,
  // child oid, parent oid.
  inheritance: `
SELECT i.inhrelid::pg_catalog.text, i.inhparent::pg_catalog.text
FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
WHERE c.relkind IN ('r', 'f', 'p')`,
  // name and oid of PostgreSQL's own functions.
  builtins: `
SELECT p.proname::pg_catalog.text, p.oid::pg_catalog.text
FROM pg_catalog.pg_proc p
WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.oid < 16384`,
  // schema, name, "t" when some overload can be called like an attribute of a row (t.f instead of f(t)).
  functions: `
SELECT n.nspname::pg_catalog.text, p.proname::pg_catalog.text,
  pg_catalog.bool_or(p.pronargs - p.pronargdefaults <= 1 AND p.pronargs > 0 AND t.typtype IN ('c', 'p', 'd'))::pg_catalog.text
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_type t ON t.oid = p.proargtypes[0]
WHERE p.oid >= 16384
GROUP BY 1, 2`,
  // schema, name, schema and name of its function, "t" when that is compiled code which is not volatile.
  operators: `
SELECT n.nspname::pg_catalog.text, o.oprname::pg_catalog.text, f.nspname::pg_catalog.text, p.proname::pg_catalog.text,
  (l.lanname IN ('c', 'internal') AND p.provolatile <> 'v')::pg_catalog.text
FROM pg_catalog.pg_operator o
JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
JOIN pg_catalog.pg_namespace f ON f.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE o.oid >= 16384`,
  // schema and name of the target type, schema and name of the function, "t" as above, and whether the
  // server converts without being told: "i" anywhere, "a" in assignments, "e" never (or the function is not volatile).
  // Besides casts: the functions in
  // the CHECKs of a domain, which run for a value of it wherever it stands (also inside a composite, an array, a range).
  casts: `
SELECT n.nspname::pg_catalog.text, t.typname::pg_catalog.text, f.nspname::pg_catalog.text, p.proname::pg_catalog.text,
  (l.lanname IN ('c', 'internal') AND p.provolatile <> 'v')::pg_catalog.text,
  CASE WHEN p.provolatile = 'v' THEN k.castcontext::pg_catalog.text ELSE 'e' END
FROM pg_catalog.pg_cast k
JOIN pg_catalog.pg_type t ON t.oid = k.casttarget
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
JOIN pg_catalog.pg_proc p ON p.oid = k.castfunc
JOIN pg_catalog.pg_namespace f ON f.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE k.oid >= 16384
UNION ALL
(WITH RECURSIVE edges(part, whole) AS MATERIALIZED (
  SELECT t.typbasetype, t.oid FROM pg_catalog.pg_type t WHERE t.typbasetype <> 0
  UNION ALL
  SELECT t.typelem, t.oid FROM pg_catalog.pg_type t WHERE t.typelem <> 0
  UNION ALL
  SELECT r.rngsubtype, r.rngtypid FROM pg_catalog.pg_range r
  UNION ALL
  SELECT a.atttypid, t.oid
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.typrelid = a.attrelid AND t.typrelid <> 0
  WHERE a.attnum > 0 AND NOT a.attisdropped
), uses(type, func) AS (
  SELECT k.contypid, p.oid
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid
  LEFT JOIN pg_catalog.pg_operator o
    ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
  JOIN pg_catalog.pg_proc p ON p.oid =
    CASE WHEN d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass THEN d.refobjid ELSE o.oprcode END
  WHERE k.contypid <> 0 AND p.oid >= 16384
  UNION
  SELECT e.whole, u.func FROM uses u JOIN edges e ON e.part = u.type)
SELECT n.nspname::pg_catalog.text, t.typname::pg_catalog.text, f.nspname::pg_catalog.text, p.proname::pg_catalog.text,
  (l.lanname IN ('c', 'internal') AND p.provolatile <> 'v')::pg_catalog.text, 'e'
FROM uses u
JOIN pg_catalog.pg_type t ON t.oid = u.type
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
JOIN pg_catalog.pg_proc p ON p.oid = u.func
JOIN pg_catalog.pg_namespace f ON f.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang)`,
  // oid, schema, name, kind, language, "t" when it runs as its owner who is not the role, the source of an SQL or
  // PL/pgSQL body, the tree of an SQL-standard body, arguments, result, settings, and the oids of what it calls by
  // itself: an aggregate its support functions, any the defaults of its arguments. Nothing here waits for a lock.
  routines: `
SELECT p.oid::pg_catalog.text, n.nspname::pg_catalog.text, p.proname::pg_catalog.text, p.prokind::pg_catalog.text,
  l.lanname::pg_catalog.text,
  (p.prosecdef AND p.proowner <> (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER))::pg_catalog.text,
  CASE WHEN l.lanname IN ('sql', 'plpgsql') AND pg_catalog.octet_length(p.prosrc) <= ${BODY_BYTES_MAX} THEN p.prosrc END,
  CASE WHEN l.lanname = 'sql' THEN pg_catalog.to_jsonb(p) OPERATOR(pg_catalog.->>) 'prosqlbody' END,
  pg_catalog.pg_get_function_identity_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid),
  pg_catalog.array_to_json(p.proconfig)::pg_catalog.text,
  pg_catalog.concat_ws(' ',
    (SELECT pg_catalog.concat_ws(' ', a.aggtransfn::pg_catalog.oid, a.aggfinalfn::pg_catalog.oid,
       a.aggcombinefn::pg_catalog.oid, a.aggserialfn::pg_catalog.oid, a.aggdeserialfn::pg_catalog.oid,
       a.aggmtransfn::pg_catalog.oid, a.aggminvtransfn::pg_catalog.oid, a.aggmfinalfn::pg_catalog.oid)
     FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid),
    (SELECT pg_catalog.string_agg(m.found[1], ' ')
     FROM pg_catalog.regexp_matches(p.proargdefaults::pg_catalog.text, ':(?:funcid|opfuncid) ([1-9]\\d*)', 'g') m(found)))
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.oid >= 16384`,
  // relation oid, function oid, tgtype (catalog/pg_trigger.h). Foreign keys' own triggers are in foreignKeys.
  triggers: `
SELECT t.tgrelid::pg_catalog.text, t.tgfoid::pg_catalog.text, t.tgtype::pg_catalog.text
FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'`,
  // referenced oid, referencing oid, what happens there on DELETE and on UPDATE (a, r: nothing; c, n, d: it changes),
  // attribute numbers of the referenced key, "t" where it is a partition's copy of its table's key. Copies on the side of
  // the referencing partitions are left out: they are parts of their table.
  foreignKeys: `
SELECT k.confrelid::pg_catalog.text, k.conrelid::pg_catalog.text, k.confdeltype::pg_catalog.text,
  k.confupdtype::pg_catalog.text, pg_catalog.array_to_string(k.confkey, ' '), (k.conparentid <> 0)::pg_catalog.text
FROM pg_catalog.pg_constraint k LEFT JOIN pg_catalog.pg_constraint w ON w.oid = k.conparentid AND k.conparentid <> 0
WHERE k.contype = 'f' AND (w.oid IS NULL OR w.conrelid = k.conrelid)`,
  // oids of the functions of event triggers: they run with definitions.
  eventTriggers: `
SELECT e.evtfoid::pg_catalog.text FROM pg_catalog.pg_event_trigger e WHERE e.evtenabled <> 'D'`,
  // relation oid, "w" for what runs when rows are written or "a" whenever rows are looked at, function oid: defaults,
  // generated columns, CHECKs, index expressions, domains of columns, row policies in force, and of views the functions
  // of PostgreSQL itself that are not immutable.
  runs: `
WITH RECURSIVE trees(relid, at, tree) AS (
  SELECT d.adrelid, 'w', d.adbin::pg_catalog.text FROM pg_catalog.pg_attrdef d
  UNION ALL
  SELECT k.conrelid, 'w', k.conbin::pg_catalog.text FROM pg_catalog.pg_constraint k WHERE k.contype = 'c' AND k.conrelid <> 0
  UNION ALL
  SELECT i.indrelid, 'w', pg_catalog.concat(i.indexprs::pg_catalog.text, i.indpred::pg_catalog.text)
  FROM pg_catalog.pg_index i WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
  UNION ALL
  SELECT p.polrelid, 'a', pg_catalog.concat(p.polqual::pg_catalog.text, p.polwithcheck::pg_catalog.text)
  FROM pg_catalog.pg_policy p WHERE pg_catalog.row_security_active(p.polrelid)
  UNION ALL
  SELECT r.ev_class, 'v', r.ev_action::pg_catalog.text
  FROM pg_catalog.pg_rewrite r WHERE r.ev_type = '1' AND r.ev_class >= 16384
  UNION ALL
  SELECT a.attrelid, 'w', pg_catalog.concat(t.typdefaultbin::pg_catalog.text,
    (SELECT pg_catalog.string_agg(k.conbin::pg_catalog.text, ' ') FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid))
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid AND t.typtype = 'd'
  WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid >= 16384
), edges(part, whole) AS MATERIALIZED (
  SELECT t.typbasetype, t.oid FROM pg_catalog.pg_type t WHERE t.typbasetype <> 0
  UNION ALL
  SELECT t.typelem, t.oid FROM pg_catalog.pg_type t WHERE t.typelem <> 0
  UNION ALL
  SELECT r.rngsubtype, r.rngtypid FROM pg_catalog.pg_range r
  UNION ALL
  SELECT a.atttypid, t.oid
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.typrelid = a.attrelid AND t.typrelid <> 0
  WHERE a.attnum > 0 AND NOT a.attisdropped
), checks(type, func) AS (
  SELECT k.contypid, m.found[1]::pg_catalog.oid
  FROM pg_catalog.pg_constraint k,
    pg_catalog.regexp_matches(k.conbin::pg_catalog.text, ':(?:funcid|opfuncid) ([1-9]\\d*)', 'g') m(found)
  WHERE k.contypid <> 0 AND m.found[1]::pg_catalog.oid >= 16384
  UNION
  SELECT e.whole, c.func FROM checks c JOIN edges e ON e.part = c.type
), found(relid, at, func) AS (
  SELECT DISTINCT t.relid, t.at, m.found[1]::pg_catalog.oid
  FROM trees t,
    pg_catalog.regexp_matches(t.tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) ([1-9]\\d*)', 'g') m(found)
  UNION
  SELECT a.attrelid, 'w', c.func FROM checks c JOIN pg_catalog.pg_attribute a ON a.atttypid = c.type
  WHERE a.attnum > 0 AND NOT a.attisdropped
)
SELECT f.relid::pg_catalog.text, CASE f.at WHEN 'w' THEN 'w' ELSE 'a' END, f.func::pg_catalog.text
FROM found f JOIN pg_catalog.pg_class c ON c.oid = f.relid
LEFT JOIN pg_catalog.pg_proc p ON p.oid = f.func
WHERE c.oid >= 16384 AND c.relpersistence <> 't'
  AND (f.func >= 16384 OR p.provolatile <> 'i') AND NOT (f.at = 'v' AND f.func >= 16384)`,
  // relation oid, event (2 UPDATE, 3 INSERT, 4 DELETE), the trees of its actions and of its condition.
  rules: `
SELECT r.ev_class::pg_catalog.text, r.ev_type::pg_catalog.text, r.ev_action::pg_catalog.text, r.ev_qual::pg_catalog.text
FROM pg_catalog.pg_rewrite r
WHERE r.ev_type <> '1' AND r.ev_class >= 16384`,
  // relation oid, oid of a relation that its row policies look at; the attribute number that they test there, 0 for none,
  // "*" for a row as a whole (of which pg_depend says nothing); "t" where they are in force for the role. For an owner
  // they are not, but they are in a view of somebody else.
  policyReads: `
SELECT DISTINCT p.polrelid::pg_catalog.text, d.refobjid::pg_catalog.text,
  CASE WHEN d.refobjid = p.polrelid AND d.refobjsubid = 0
    AND pg_catalog.concat(p.polqual::pg_catalog.text, p.polwithcheck::pg_catalog.text) ~ ':varattno 0 ' THEN '*'
  ELSE d.refobjsubid::pg_catalog.text END,
  pg_catalog.row_security_active(p.polrelid)::pg_catalog.text
FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid AND c.relrowsecurity
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = p.oid
  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass`,
  // relation oid of a view, the tree of its query. Longer ones are left out: then the view may show all that it reads.
  views: `
SELECT r.ev_class::pg_catalog.text, r.ev_action::pg_catalog.text
FROM pg_catalog.pg_rewrite r
WHERE r.ev_type = '1' AND r.ev_class >= 16384 AND pg_catalog.octet_length(r.ev_action::pg_catalog.text) <= ${BODY_BYTES_MAX * 4}`,
};
