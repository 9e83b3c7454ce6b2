/**
 * Plays regression files against a real server, classifies every statement beforehand and compares the two. Touches the
 * server.
 */
import { readFile } from "node:fs/promises";
import { join as pathOf } from "node:path";
import type { SetFact } from "@gate/contract";
import {
  analyse,
  buildCatalogue,
  CATALOGUE_QUERIES,
  type Analysis,
  type Catalogue,
  type CatalogueQueryName,
  type CatalogueRows,
  type Relation,
  type SqlEnvironment,
} from "@gate/sql";
import { join } from "../../packages/sql/src/names.ts";
import { parseSearchPath } from "../../packages/sql/src/search-path.ts";
import { compareTemplate, seeded } from "../../packages/sql/src/testing-templates.ts";
import type { PostgresServer } from "../../packages/testkit/src/postgres-server.ts";
import { OracleConnection, type ServerAnswer } from "./oracle-server.ts";
import { PsqlScript, type ScriptStatement } from "./psql-script.ts";

export interface Finding {
  readonly file: string;
  readonly text: string;
  /** What the server wrote, or read, and the classifier does not say. */
  readonly missing: readonly string[];
}

export interface Tally {
  statements: number;
  classified: number;
  /** Statements whose write set the classifier claims to know whole. */
  whole: number;
  /** Statements of which the server's trees show a write, and those where the classifier names exactly the same. */
  writing: number;
  exact: number;
  /** Statements that cannot be classified, by reason. */
  readonly unclassified: Map<string, number>;
  /** The classifier names more: views by their own name, what may be set off and was not. */
  readonly inexact: Finding[];
  readonly fewerWrites: Finding[];
  readonly fewerReads: Finding[];
  readonly fewerTags: Finding[];
  /** Statements that have a template, and texts of one whose own analysis is another one. */
  templates: number;
  readonly wrongTemplates: string[];
  readonly ended: string[];
}

export function emptyTally(): Tally {
  return {
    statements: 0,
    classified: 0,
    whole: 0,
    exact: 0,
    writing: 0,
    unclassified: new Map(),
    inexact: [],
    fewerWrites: [],
    fewerReads: [],
    fewerTags: [],
    templates: 0,
    wrongTemplates: [],
    ended: [],
  };
}

export interface ReplayOptions {
  readonly server: PostgresServer;
  readonly database: string;
  /** src/test/regress. */
  readonly regress: string;
  readonly file: string;
  readonly tally: Tally;
  /** For each statement of the file; its result is not compared. */
  readonly quiet?: boolean;
}

export async function replay(options: ReplayOptions): Promise<void> {
  const text = await readFile(pathOf(options.regress, "sql", `${options.file}.sql`), "utf8");
  const script = new PsqlScript(text, new Map([["env PG_ABS_SRCDIR", options.regress]]));
  const session = await Session.open(options);
  try {
    for (let next = script.next(); next !== undefined; next = script.next()) {
      if (UNWANTED.test(next.text)) continue;
      const answer = await session.step(next);
      if (answer !== undefined) await session.after(next, answer, script);
    }
  } catch (error) {
    options.tally.ended.push(`${options.file}: ${error instanceof Error ? error.message : "unknown"}`);
  } finally {
    session.end();
  }
}

class Session {
  readonly #options: ReplayOptions;
  readonly #connection: OracleConnection;
  readonly #temporary = new Set<string>();
  readonly #hidden = new Set<string>();
  readonly #prepared = new Map<string, Analysis>();
  readonly #cursors = new Map<string, Analysis>();
  #catalogue: Catalogue | undefined;
  #builtins: CatalogueRows["builtins"] | undefined;
  /** Definitions ran since it was read. */
  #outdated = true;
  #path = "";
  #role = "";
  #status = "I";
  readonly #next = seeded(1);

  private constructor(options: ReplayOptions, connection: OracleConnection) {
    this.#options = options;
    this.#connection = connection;
  }

  static async open(options: ReplayOptions): Promise<Session> {
    const connection = await OracleConnection.open(options.server, options.database);
    const session = new Session(options, connection);
    if (options.quiet !== true) await connection.run(SETTINGS);
    return session;
  }

  end(): void {
    this.#connection.end();
  }

  async step(statement: ScriptStatement): Promise<ServerAnswer | undefined> {
    const { tally, quiet } = this.#options;
    if (quiet === true) return this.#connection.run(statement.text, statement.copyData);
    // In a failed transaction the server looks at nothing but its end.
    if (this.#status === "E") return this.#send(statement);
    if (this.#catalogue === undefined || (this.#outdated && !DEFINES.test(statement.text))) await this.#refresh();
    const catalogue = this.#catalogue;
    if (catalogue === undefined) return this.#send(statement);
    const environment: SqlEnvironment = {
      catalogue,
      searchPath: parseSearchPath(this.#path)?.map((schema) => (schema === "$user" ? this.#role : schema)),
      temporary: this.#temporary,
      hidden: this.#hidden,
      prepared: (name) => this.#prepared.get(name),
      cursor: (name) => this.#cursors.get(name),
    };
    const analysis = analyse(statement.text, environment);
    const compared = compareTemplate(statement.text, environment, [], this.#next, 1);
    if (compared.outcome === "template") tally.templates++;
    tally.wrongTemplates.push(...compared.wrong);
    const answer = await this.#send(statement);
    // What the server's parser refuses has no facts.
    if (analysis.syntaxError !== undefined || (answer.sqlstate !== undefined && answer.trees.length === 0)) {
      if (/^42601/.test(answer.sqlstate ?? "") || answer.trees.length === 0) this.#note(analysis);
      return answer;
    }
    tally.statements++;
    if (analysis.facts.classified) tally.classified++;
    else {
      const reason = analysis.facts.unclassifiedReason ?? "";
      tally.unclassified.set(reason, (tally.unclassified.get(reason) ?? 0) + 1);
    }
    await this.#compare(statement.text, analysis, answer, catalogue);
    this.#note(analysis);
    return answer;
  }

  async after(statement: ScriptStatement, answer: ServerAnswer, script: PsqlScript): Promise<void> {
    const [word, prefix = ""] = (statement.sentBy ?? "").slice(1).split(/\s+/);
    if (word === "gset") {
      for (const [place, name] of answer.columns.entries()) {
        script.variables.set(prefix + name, answer.results[0]?.[0]?.[place] ?? "");
      }
    }
    if (word !== "gexec") return;
    for (const text of (answer.results[0] ?? []).flat().slice(0, GEXEC_MAX)) {
      if (text !== null && !UNWANTED.test(text)) await this.step({ text, copyData: "" });
    }
  }

  async #send(statement: ScriptStatement): Promise<ServerAnswer> {
    const answer = await this.#connection.run(statement.text, statement.copyData);
    this.#status = answer.status;
    if (answer.searchPath !== undefined) this.#path = answer.searchPath;
    return answer;
  }

  /** What the session has afterwards, as a connection of the gate would know it. */
  #note(analysis: Analysis): void {
    for (const info of analysis.statements) {
      for (const name of info.createsTemporary ?? []) this.#temporary.add(name);
      for (const name of info.hides ?? []) this.#hidden.add(name);
      if (info.prepares !== undefined) this.#prepared.set(info.prepares.name, info.prepares.analysis);
      if (info.declares !== undefined) this.#cursors.set(info.declares.name, info.declares.analysis);
      // What an event trigger does is in no statement.
      if (info.ddl && (this.#catalogue?.code.eventTriggers.length ?? 0) > 0) this.#catalogue = undefined;
      if (/EVENT TRIGGER/.test(info.tag)) this.#catalogue = undefined;
      if (info.ddl || ENDS.has(info.transaction ?? "") || ROLES.test(info.setsSetting ?? "")) this.#outdated = true;
    }
    const functions = analysis.facts.fields["functions"];
    if (functions?.type === "set" && functions.items.some((item) => item.labels === undefined)) this.#outdated = true;
  }

  /** Reads the catalogue as this session sees it: its own open transaction included. */
  async #refresh(): Promise<void> {
    this.#outdated = false;
    const names = (Object.keys(CATALOGUE_QUERIES) as CatalogueQueryName[]).filter(
      // The trees of views serve masks alone; PostgreSQL's own functions never change.
      (name) => name !== "views" && (name !== "builtins" || this.#builtins === undefined),
    );
    const { results, sqlstate, message } = await this.#connection.run(
      [
        "SET debug_print_rewritten = off",
        ...names.map((name) => CATALOGUE_QUERIES[name]),
        "SELECT CURRENT_USER",
        "SHOW search_path",
        "SET debug_print_rewritten = on",
      ].join(";\n"),
    );
    if (sqlstate !== undefined) throw new Error(`the catalogue cannot be read: ${sqlstate} ${message ?? ""}`);
    const rows = {} as Record<CatalogueQueryName, CatalogueRows[CatalogueQueryName]>;
    for (const [place, name] of names.entries()) rows[name] = results[place] ?? [];
    rows.views = [];
    this.#builtins = rows.builtins ??= this.#builtins ?? [];
    this.#role = results[names.length]?.[0]?.[0] ?? "";
    this.#path = results[names.length + 1]?.[0]?.[0] ?? "";
    this.#catalogue = buildCatalogue(rows);
  }

  async #compare(text: string, analysis: Analysis, answer: ServerAnswer, catalogue: Catalogue): Promise<void> {
    const { tally, file } = this.#options;
    const { statement, reads, writes } = analysis.facts.fields as Record<string, SetFact>;
    if (statement === undefined || reads === undefined || writes === undefined) throw new Error("no sets");
    const oids = new Set<number>();
    for (const tree of answer.trees) {
      for (const write of tree.writes) oids.add(write.relation);
      for (const oid of tree.reads) if (oid >= FIRST_USER_OID) oids.add(oid);
    }
    const names = await this.#names(oids, catalogue);
    const written = new Set(answer.trees.flatMap((tree) => tree.writes.map(({ relation }) => relation)));
    const ours = namesOf(writes);
    const known = analysis.facts.classified;
    const fewer = [...written].filter((oid) => !covered(oid, names, ours, catalogue));
    if (known && writes.complete && fewer.length > 0) {
      tally.fewerWrites.push({ file, text, missing: fewer.map((oid) => names.get(oid) ?? String(oid)) });
    }
    if (known && writes.complete) tally.whole++;
    if (written.size > 0) {
      tally.writing++;
      const theirs = new Set([...written].map((oid) => names.get(oid)));
      if (ours.size === theirs.size && [...ours].every((name) => theirs.has(name))) tally.exact++;
      else tally.inexact.push({ file, text, missing: [...ours].filter((name) => !theirs.has(name)) });
    }
    const behindKeys = foreignNeighbours(ours, catalogue);
    const unread = [...new Set(answer.trees.flatMap((tree) => [...tree.reads]))].filter(
      (oid) =>
        oid >= FIRST_USER_OID && !behindKeys.has(oid) && !covered(oid, names, union(namesOf(reads), ours), catalogue),
    );
    // Definitions, COMMIT and SET CONSTRAINTS look whether foreign keys hold, which is no reading of rows.
    const checks = analysis.statements.some(({ ddl, transaction }) => ddl || transaction !== undefined);
    if (known && reads.complete && !checks && !CONSTRAINTS.test(text) && unread.length > 0) {
      tally.fewerReads.push({ file, text, missing: unread.map((oid) => names.get(oid) ?? String(oid)) });
    }
    const tags = namesOf(statement);
    const untold = new Set(answer.trees.flatMap((tree) => tree.writes.map(({ command }) => command)));
    // REFRESH … CONCURRENTLY is made of statements of the server's own, on the view that it names.
    const refreshes = tags.has("REFRESH MATERIALIZED VIEW");
    const missing = [...untold].filter((command) => !tags.has(command));
    if (known && statement.complete && !refreshes && missing.length > 0) tally.fewerTags.push({ file, text, missing });
  }

  /** What relations are called: as the catalogue knew them before, or as the server knows them now. */
  async #names(oids: ReadonlySet<number>, catalogue: Catalogue): Promise<ReadonlyMap<number, string>> {
    const names = new Map<number, string>();
    const unknown: number[] = [];
    for (const oid of oids) {
      const relation = catalogue.byOid(oid);
      if (relation === undefined) unknown.push(oid);
      else names.set(oid, join(relation.schema, relation.name));
    }
    if (unknown.length === 0 || this.#status === "E") return names;
    const { results } = await this.#connection.run(
      `SET debug_print_rewritten = off; SELECT c.oid, CASE WHEN c.relpersistence = 't' THEN 'pg_temp' ELSE n.nspname END, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid IN (${unknown.join()}); SET debug_print_rewritten = on`,
    );
    for (const [oid, schema, name] of results[0] ?? []) names.set(Number(oid), join(schema ?? "", name ?? ""));
    return names;
  }
}

function namesOf(fact: SetFact): ReadonlySet<string> {
  return new Set(fact.items.map((item) => item.name));
}

function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a, ...b]);
}

/** A relation is named, or is a part of one that is named; or it came and went within the statement. */
function covered(
  oid: number,
  names: ReadonlyMap<number, string>,
  ours: ReadonlySet<string>,
  catalogue: Catalogue,
): boolean {
  const name = names.get(oid);
  if (name === undefined || ours.has(name) || INTERNAL.test(name)) return true;
  const queue: Relation[] = [...(catalogue.byOid(oid)?.parents ?? [])];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (ours.has(join(next.schema, next.name))) return true;
    queue.push(...next.parents);
  }
  return false;
}

/** Tables at the other end of the foreign keys of what is written: the server looks there whether a row exists. */
function foreignNeighbours(ours: ReadonlySet<string>, catalogue: Catalogue): ReadonlySet<number> {
  const found = new Set<number>();
  const isOurs = (relation: Relation | undefined): boolean =>
    relation !== undefined && (ours.has(join(relation.schema, relation.name)) || relation.parents.some(isOurs));
  for (const relation of catalogue.relations()) {
    for (const key of catalogue.code.behind(relation.oid)?.foreignKeys ?? []) {
      const child = catalogue.byOid(key.child);
      const family = (one: Relation): readonly Relation[] => [one, ...one.parents, ...one.children];
      if (family(relation).some(isOurs)) found.add(key.child);
      if (child !== undefined && family(child).some(isOurs)) found.add(relation.oid);
    }
  }
  return found;
}

/** As the server's own log, but to the client; nothing waits for ever. */
const SETTINGS =
  "SET client_min_messages = log; SET debug_pretty_print = off; SET debug_print_rewritten = on; SET statement_timeout = '10s'; SET lock_timeout = '2s'";
/** Statements that \gexec may make. */
const GEXEC_MAX = 1000;
/** They would silence the trees, or end the server's patience. */
const UNWANTED =
  /client_min_messages|debug_print|statement_timeout|lock_timeout|reset\s+all\b|discard\s+all\b|pg_sleep|pg_terminate_backend/i;
/** Definitions name no relation that the server's trees tell about: the catalogue of before them will do. */
const DEFINES =
  /^(?:\s|--[^\n]*\n)*(?:(?:alter|drop|comment|grant|revoke|analyze|vacuum|set|reset|show|begin|start|commit|end|abort|rollback|savepoint|release|security|cluster|reindex|lock|listen|notify|deallocate|close|reassign|import)\b|create\s+(?!(?:or\s+replace\s+)?(?:function|procedure|(?:temp\w*|unlogged)?\s*table\s+[^(]*\bas\b|materialized)))/i;
/** The scratch table of REFRESH … CONCURRENTLY. */
const INTERNAL = /^pg_temp\.pg_temp_\d+/;
const CONSTRAINTS = /\bset\s+constraints\b/i;
const ENDS: ReadonlySet<string> = new Set(["rollback", "rollback-to"]);
const ROLES = /^(?:role|session_authorization|session authorization|search_path)$/i;
const FIRST_USER_OID = 16384;
