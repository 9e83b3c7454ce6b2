/** A small database for this package's tests, and facts in one line. Pure; only tests import it. */
import type { Facts } from "@gate/contract";
import { analyse } from "./analyse.ts";
import type { Analysis, SqlEnvironment } from "./analysis.ts";
import type { CatalogueRows } from "./catalogue-queries.ts";
import { buildCatalogue } from "./catalogue.ts";

type Rows = readonly (readonly (string | null)[])[];

/** `oid schema.name kind column,column!` (`!` = not null); every oid is the users' from 20000 on. */
const RELATIONS: readonly string[] = [
  "1259 pg_catalog.pg_class r",
  "2615 pg_catalog.pg_namespace r",
  "1260 pg_catalog.pg_authid r",
  "12001 pg_catalog.pg_stats v",
  "12002 pg_catalog.pg_stat_activity v",
  "12003 information_schema.tables v",
  "12004 pg_catalog.pg_settings v",
  "20001 public.customers r id!,name,email,ssn,region",
  "20002 public.orders r id!,customer_id!,line!,amount,note",
  "20003 public.notes r id!,body",
  "20004 public.vip v id,name,ssn",
  "20005 public.vip_names v name",
  "20006 public.events p id!,day!,payload",
  "20007 public.events_2024 r id!,day!,payload",
  "20008 public.people r id!,name,ssn",
  "20009 public.staff r id!,name,ssn,salary",
  "20010 public.old_notes r id!,body",
  "20011 audit.log r id!,entry",
  "20012 audit.notes r id!,body",
  "20013 public.customers_id_seq S",
  "20014 public.customers_pkey i",
  "20015 public.busy v id",
  "20016 public.totals m region,amount",
  "20017 hidden.notes r id!",
  "20018 hidden.only_here r id!",
];

/** A catalogue that has nothing in it. */
export const NO_ROWS: CatalogueRows = {
  schemas: [],
  relations: [],
  columns: [],
  keys: [],
  dependencies: [],
  inheritance: [],
  builtins: [],
  functions: [],
  operators: [],
  casts: [],
  routines: [],
  triggers: [],
  foreignKeys: [],
  runs: [],
  rules: [],
  policyReads: [],
  eventTriggers: [],
  views: [],
};

export const ROWS: CatalogueRows = {
  schemas: ["pg_catalog t", "information_schema t", "public t", "audit t", "hidden f", "app t"].map(words),
  relations: RELATIONS.map((line) => {
    const [oid = "", name = "", kind = ""] = line.split(" ");
    return [oid, ...name.split("."), kind];
  }),
  columns: RELATIONS.flatMap((line): Rows => {
    const [oid = "", , , columns = ""] = line.split(" ");
    return columns
      .split(",")
      .filter(Boolean)
      .map((column, place) => [
        oid,
        String(place + 1),
        column.replace("!", ""),
        "25",
        column.endsWith("!") ? "true" : "false",
      ]);
  }),
  keys: [
    ["20001", "1"],
    ["20001", "3"],
    ["20002", "2 3"],
    ["20003", "1"],
    ["20006", "1 2"],
    ["20008", "1"],
    ["20012", "1"],
  ],
  dependencies: [
    ["20004", "1", "20001", "r", null, null],
    ["20005", "1", "20004", "r", null, null],
    ["20015", "1", "20003", "r", null, null],
    ["20015", "1", "30001", "f", "public", "work"],
    ["20016", "1", "20002", "r", null, null],
    ["20010", "3", "20003", "r", null, null],
  ],
  inheritance: ["20007 20006", "20009 20008"].map(words),
  builtins: ["lower", "now", "count", "pg_sleep", "pg_read_file", "lo_export", "set_config", "nextval", "max"].map(
    words,
  ),
  functions: ["public work f", "public lower f", "public full_name t", "app hello f", "audit hello f"].map(words),
  operators: ["public === public same f", "public %% public fast t", "audit = audit eq f"].map(words),
  casts: ["public money_amount public to_money f"].map(words),
  routines: [
    "public work",
    "public lower",
    "public full_name",
    "app hello",
    "audit hello",
    "public same",
    "public fast",
    "audit eq",
    "public to_money",
  ].map((name, place) => [String(30001 + place), ...name.split(" "), "f", "c", "f", null, null, "", "int4", null, ""]),
  triggers: [],
  foreignKeys: [],
  runs: [],
  rules: [
    [
      "20010",
      "3",
      "({QUERY :commandType 4 :utilityStmt <> :resultRelation 1 :rtable ({RANGETBLENTRY :rtekind 0 :relid 20003}) :jointree {FROMEXPR :fromlist <> :quals <>}})",
      null,
    ],
  ],
  policyReads: [],
  eventTriggers: [],
  views: [],
};

export const CATALOGUE = buildCatalogue(ROWS);

export function environment(more: Partial<SqlEnvironment> = {}): SqlEnvironment {
  return {
    catalogue: CATALOGUE,
    searchPath: ["app", "public"],
    temporary: new Set(),
    prepared: () => undefined,
    cursor: () => undefined,
    ...more,
  };
}

export function run(sql: string, more: Partial<SqlEnvironment> = {}): Analysis {
  return analyse(sql, environment(more));
}

/** Facts in one line: tags, then what is not empty; `…` after a set that may hold more. */
export function brief(sql: string, more: Partial<SqlEnvironment> = {}): string {
  return line(run(sql, more).facts);
}

export function line(facts: Facts): string {
  const parts = [set(facts, "statement")];
  for (const [name, label] of [
    ["reads", "r"],
    ["writes", "w"],
    ["functions", "f"],
  ] as const) {
    const text = set(facts, name);
    if (text !== "") parts.push(`${label}:${text}`);
  }
  const where = facts.fields["where"];
  if (where?.type === "scalar" && where.value !== null) parts.push(`where:${String(where.value ?? "?")}`);
  if (facts.housekeeping) parts.push("housekeeping");
  if (facts.writes) parts.push("writes");
  if (!facts.classified) parts.push("unclassified");
  return parts.join(" ");
}

function set(facts: Facts, name: string): string {
  const fact = facts.fields[name];
  if (fact?.type !== "set") return "?";
  const items = fact.items.map((item) => `${item.name}${(item.labels ?? []).join("")}`.replaceAll(" ", "_"));
  return items.sort().join(",") + (fact.complete ? "" : "…");
}

function words(text: string): readonly string[] {
  return text.split(" ");
}
