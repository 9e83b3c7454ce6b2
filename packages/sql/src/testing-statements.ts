/**
 * Random statements that are full of literals: in conditions, arguments, casts, orders, limits, wherever the grammar has
 * one. Pure; only tests import it.
 */
import { pick } from "./testing-templates.ts";

type Next = () => number;

export function randomStatement(next: Next): string {
  const table = pick(TABLES, next);
  const condition = next() < 0.85 ? ` WHERE ${boolean(next, 3)}` : "";
  const returning = next() < 0.2 ? ` RETURNING ${value(next, 1)}` : "";
  const kind = next();
  const body =
    kind < 0.4
      ? query(next, 3)
      : kind < 0.6
        ? `UPDATE ${table} SET ${pick(COLUMNS, next)} = ${value(next, 2)}${condition}${returning}`
        : kind < 0.75
          ? `DELETE FROM ${table}${condition}${returning}`
          : `INSERT INTO ${table} (${pick(COLUMNS, next)}, name) ${rows(next)}${conflict(next)}${returning}`;
  return next() < 0.15 ? `WITH w AS (${query(next, 1)}) ${body}` : body;
}

function query(next: Next, depth: number): string {
  const outputs = [value(next, depth), pick(COLUMNS, next), value(next, depth - 1)];
  const from = next() < 0.7 ? pick(TABLES, next) : depth > 0 ? `(${query(next, depth - 1)}) AS s (id, name)` : "notes";
  const parts = [`SELECT ${outputs.slice(0, 1 + Math.floor(next() * 3)).join(", ")} FROM ${from}`];
  if (next() < 0.7) parts.push(`WHERE ${boolean(next, depth)}`);
  if (next() < 0.15) parts.push(`GROUP BY ${pick(["1", "2", "name, 1", "id"], next)}`);
  if (next() < 0.3) parts.push(`ORDER BY ${pick(["1", "2 DESC", "name", "3, 1", "id = 1", "lower('x')"], next)}`);
  if (next() < 0.3) parts.push(`LIMIT ${pick(["1", "0", "10 OFFSET 5", "2 + 2", "'3'"], next)}`);
  if (next() < 0.05) parts.push("FOR UPDATE");
  const text = parts.join(next() < 0.1 ? "\n" : " ");
  return next() < 0.1 && depth > 0 ? `(${text}) UNION ALL (${query(next, depth - 1)})` : text;
}

function rows(next: Next): string {
  if (next() < 0.2) return query(next, 1);
  const one = (): string => `(${value(next, 1)}, ${value(next, 1)})`;
  return `VALUES ${Array.from({ length: 1 + Math.floor(next() * 3) }, one).join(", ")}`;
}

function conflict(next: Next): string {
  if (next() < 0.8) return "";
  return next() < 0.5 ? " ON CONFLICT DO NOTHING" : ` ON CONFLICT (id) DO UPDATE SET name = ${value(next, 1)}`;
}

function boolean(next: Next, depth: number): string {
  const column = pick(COLUMNS, next);
  if (depth <= 0) return `${column} = ${literal(next)}`;
  const more = (): string => boolean(next, depth - 1);
  const each = (): string => value(next, depth - 1);
  return pick<() => string>(
    [
      () => `${column} = ${literal(next)}`,
      () => `${literal(next)} = ${column}`,
      () => `${column} = ${each()} AND ${more()}`,
      () => `(${more()} OR ${more()})`,
      () => `(${column} = 1 OR ${column} <> 1)`,
      () => `(${column} < 5 OR ${column} >= 5)`,
      () => `(${column} IN (1, 2) OR NOT ${column} IN (1, 2))`,
      () => `NOT (${more()})`,
      () => "1 = 1",
      () => `${literal(next)} = ${literal(next)}`,
      () => `${column} LIKE ${pick(["'%'", "'x%'", "'%%'"], next)}`,
      () => `${column} ~ ${pick(["'.*'", "'^x'", "''"], next)}`,
      () => `${column} IN (${literal(next)}, ${literal(next)})`,
      () => `${column} BETWEEN ${literal(next)} AND ${literal(next)}`,
      () => `${column} IS NOT DISTINCT FROM ${each()}`,
      () => `coalesce(${column}, ${literal(next)}) IS NOT NULL`,
      () => `coalesce(${column} = ${literal(next)}, true)`,
      () => `EXISTS (${query(next, depth - 1)})`,
      () => `${column} = ANY (ARRAY[${literal(next)}, ${literal(next)}])`,
      () => `${each()} > ${each()}`,
      () => "true",
      () => `${column} IS NOT TRUE`,
    ],
    next,
  )();
}

function value(next: Next, depth: number): string {
  const column = pick(COLUMNS, next);
  if (depth <= 0) return next() < 0.5 ? literal(next) : column;
  const each = (): string => value(next, depth - 1);
  return pick<() => string>(
    [
      () => literal(next),
      () => column,
      () => `${each()} + ${each()}`,
      () => `${each()} || ${each()}`,
      () => `${column} + -5`,
      () => "- 7",
      () => `lower(${each()})`,
      () => `substr(${column}, 1, 2)`,
      () => `left(${column}, 3)`,
      () => `replace(${column}, 'a', 'b')`,
      () => `encode(${column}, 'hex')`,
      () => `round(${column}, 2)`,
      () => "nextval('customers_id_seq')",
      () => "set_config('search_path', 'app', false)",
      () => "pg_read_file('x')",
      () => `work(${each()})`,
      () => `run_text('DELETE FROM notes')`,
      () => `run_text('DELETE FROM ' || 'notes')`,
      () => `sleeps(${literal(next)})`,
      () => `${each()}::text`,
      () => "'notes'::regclass",
      () => "CAST('1' AS int)",
      () => `CAST(${column} AS varchar(10))`,
      () => `${column}::numeric(10, 2)`,
      () => `${column}::float(24)`,
      () => "date '2020-01-01'",
      () => "interval '1 day'",
      () => "interval '1' day",
      () => "now() - interval '2 days'",
      () => `extract('year' FROM now())`,
      () => `CASE WHEN ${boolean(next, depth - 1)} THEN ${each()} ELSE ${literal(next)} END`,
      () => `CASE ${column} WHEN 1 THEN 'a' WHEN 2 THEN 'b' END`,
      () => `nullif(${column}, ${literal(next)})`,
      () => `greatest(${column}, ${literal(next)})`,
      () => `(${query(next, depth - 1)} LIMIT 1)`,
      () => `ARRAY[${literal(next)}, ${each()}]`,
      () => `(ARRAY[1, 2])[1]`,
      () => `ROW(${each()}, ${literal(next)})`,
      () => `count(*) FILTER (WHERE ${column} = ${literal(next)})`,
      () => `max(${column}) OVER (PARTITION BY ${column} ORDER BY 1 ROWS 2 PRECEDING)`,
      () => `${column} AT TIME ZONE 'UTC'`,
      () => `${column} COLLATE "C"`,
      () => `'{"a": 1}'::jsonb -> 'a'`,
      () => `json_value(${column}, '$.a')`,
      () => `trim(both 'x' from ${column})`,
      () => `overlay(${column} placing 'x' from 2 for 3)`,
      () => `position('x' in ${column})`,
      () => "NULL",
    ],
    next,
  )();
}

function literal(next: Next): string {
  return pick(
    [
      "0",
      "1",
      "5",
      "42",
      "999999999",
      "-3",
      "1.5",
      "-0.25",
      "12345678901",
      "'x'",
      "''",
      "'%'",
      "'it is'",
      "'1'",
      "NULL",
    ],
    next,
  );
}

const TABLES = [
  "notes",
  "customers",
  "public.orders",
  "people p",
  "vip",
  "events",
  "ONLY people",
  "old_notes",
] as const;
const COLUMNS = ["id", "name", "ssn", "email", "region", '"id"'] as const;
