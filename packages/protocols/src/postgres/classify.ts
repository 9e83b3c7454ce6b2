/**
 * What a command does, under the settings that will be in force when the server reads it. Pure (the catalogue comes
 * from a cache that is handed in).
 */
import { sha256Hex } from "@gate/base";
import {
  estimable,
  parseSearchPath,
  withEstimate,
  type analyse,
  type Analysis,
  type analyseTemplate,
  type Catalogue,
  type literalKey,
  type MaskedColumns,
  type resolveMasks,
  type SqlEnvironment,
} from "@gate/sql";
import type { Names, Portal, Statement } from "./statements.ts";
import { TemplateCache } from "./template-cache.ts";

/** The parts of @gate/sql that a connection uses, handed in by serve.ts. */
export interface SqlEngine {
  readonly analyse: typeof analyse;
  readonly resolveMasks: typeof resolveMasks;
  /** Absent: every text is looked at by itself. */
  readonly templates?: { readonly literalKey: typeof literalKey; readonly analyseTemplate: typeof analyseTemplate };
}

/** A question to the target's planner. */
export interface ToEstimate {
  readonly key: string;
  /** `Environment.key` as it was: an answer under another one says nothing. */
  readonly environment: string;
  readonly sql: string;
  readonly searchPath: readonly string[];
}

/** What an `Analysis` depends on besides the text, kept up to date for one connection. */
export class Environment {
  /** As the server last reported (or was asked); undefined: not known. */
  #reported: readonly string[] | undefined;
  /** The Sync or Query at whose end the search path is known again; until then it is not. */
  #taintedUntil = -1;
  /** The search path may have changed in the transaction that is open. */
  #touched = false;
  readonly #temporary = new Set<string>();
  /** Of them, those behind which something lies that no other connection can see: views, rules, triggers, keys. */
  readonly #hidden = new Set<string>();
  /** Relations that the open transaction has defined: the catalogue's connection cannot see them. */
  #defined: Set<string> | "all" = new Set<string>();
  /** The role that `"$user"` stands for; undefined after a role change. */
  #role: string | undefined;
  #catalogue: Catalogue | undefined;
  #catalogueNumber = 0;
  #key = "";
  /** Undefined until it is asked for again after a change. */
  #digestText: string | undefined;
  #path: readonly string[] | undefined;
  readonly #cache = new Map<string, Analysis>();
  /** Rows that commands would return or change, where the policy asks: undefined is known to be unknown. */
  readonly #estimates: Map<string, number | undefined> | undefined;
  /** Policy asks: every command has the fact. Otherwise only those that somebody is going to look at. */
  readonly #estimatesAll: boolean;
  /** Analyses that hold only as long as some names stand for what they stood for, and what that was. */
  readonly #named = new WeakMap<Analysis, readonly string[]>();
  readonly #analyse: SqlEngine["analyse"];
  /** Makes and keeps the analyses that hold for many texts. */
  #templates: { readonly cache: TemplateCache; readonly make: (text: string) => Analysis | undefined } | undefined;
  readonly #reportsPath: boolean;
  readonly #encoding: string;
  #asked = false;
  #depth = 0;

  /**
   * `reportsPath`: the server sends ParameterStatus for search_path (since version 18). `encoding`: its own, which
   * never changes; one that the server does not name is taken for a strange one.
   */
  constructor(
    analyse: SqlEngine["analyse"],
    role: string,
    reportsPath: boolean,
    encoding: string | undefined,
    estimates?: "asked" | "held",
  ) {
    this.#analyse = analyse;
    this.#encoding = encoding ?? "not known";
    this.#role = role;
    this.#reportsPath = reportsPath;
    this.#estimates = estimates === undefined ? undefined : new Map();
    this.#estimatesAll = estimates === "asked";
    this.#changed();
  }

  get catalogue(): Catalogue | undefined {
    return this.#catalogue;
  }

  /** Equal keys: an analysis of the same text is the same. */
  get key(): string {
    return this.#key;
  }

  /** Session state that belongs into a command's digest: stable from one connection to the next. */
  digestText(database: string): string {
    this.#digestText ??= JSON.stringify([
      database,
      this.#role ?? null,
      this.#path ?? null,
      [...this.#temporary].sort(),
    ]);
    return this.#digestText;
  }

  /** What was sent may have changed the search path, and the server has not said so yet. */
  get unsettled(): boolean {
    return this.#taintedUntil >= 0;
  }

  /** The server has to be asked (SHOW search_path); `reportPath` takes the answer. */
  get wantsPath(): boolean {
    return !this.#reportsPath && !this.#asked && this.#taintedUntil < 0 && this.#reported === undefined;
  }

  /**
   * From now on texts that differ in literals share an analysis where that is right. `masked`: the columns that it will
   * be asked about; undefined: not known yet.
   */
  useTemplates(
    { literalKey: keyOf, analyseTemplate: make }: NonNullable<SqlEngine["templates"]>,
    masked: () => readonly MaskedColumns[] | undefined,
  ): void {
    // With the planner's answer no two texts have the same facts.
    if (this.#estimatesAll) return;
    this.#templates = {
      cache: new TemplateCache(keyOf),
      make: (text) => {
        const columns = masked();
        const around = this.#around(NO_PARAMETERS);
        if (columns === undefined || around === undefined) return undefined;
        return make(text, { ...around, prepared: () => undefined, cursor: () => undefined }, columns);
      },
    };
  }

  useCatalogue(catalogue: Catalogue): void {
    if (catalogue === this.#catalogue) return;
    this.#catalogue = catalogue;
    this.#catalogueNumber++;
    this.#changed();
  }

  /** `value` as SHOW prints it, or undefined: nobody knows. */
  reportPath(value: string | undefined): void {
    this.#reported = value === undefined ? undefined : parseSearchPath(value);
    this.#asked = true;
    this.#changed();
  }

  /** Definitions ran in a transaction that is still open; undefined: there is none any more. */
  defined(analysis: Analysis | undefined): void {
    if (analysis === undefined) this.#defined = new Set();
    else if (this.#defined !== "all") {
      const names = definedNames(analysis);
      this.#defined = names === "all" ? "all" : new Set([...this.#defined, ...names]);
    }
    this.#changed();
  }

  /** The server has got to ReadyForQuery number `epoch`; idle: outside a transaction. */
  settled(epoch: number, idle: boolean): void {
    if (idle && epoch >= this.#taintedUntil) this.#touched = false;
    if (this.#taintedUntil < 0 || epoch < this.#taintedUntil) return;
    this.#taintedUntil = -1;
    this.#changed();
  }

  /**
   * A command is about to be sent; it ends with ReadyForQuery number `epoch`.
   * @returns true when it may change the search path in a way that only the server knows.
   */
  sent(analysis: Analysis, epoch: number): boolean {
    let changed = false;
    let taint = !analysis.facts.classified || !onlySafeFunctions(analysis);
    for (const statement of analysis.statements) {
      for (const name of statement.createsTemporary ?? []) {
        if (!this.#temporary.has(name)) changed = true;
        this.#temporary.add(name);
      }
      for (const name of statement.hides ?? []) {
        if (!this.#hidden.has(name)) changed = true;
        this.#hidden.add(name);
      }
      const setting = statement.setsSetting?.toLowerCase();
      if (setting !== undefined && ROLE_SETTINGS.has(setting)) {
        this.#role = undefined;
        changed = true;
      }
      if (setting === "search_path" || setting === "all" || setting === "*") taint = true;
      if (statement.discards === true) taint = true;
      // What the transaction set for itself (SET LOCAL), or will not have set (ROLLBACK), ends with it.
      if (statement.transaction !== undefined && ENDS.has(statement.transaction) && this.#touched) taint = true;
    }
    if (taint) {
      this.#touched = true;
      this.#taintedUntil = Math.max(this.#taintedUntil, epoch);
      if (!this.#reportsPath) {
        this.#reported = undefined;
        this.#asked = false;
      }
      changed = true;
    }
    if (changed) this.#changed();
    return taint;
  }

  /**
   * `nameless`: nothing can run the text by a name later, so its parse tree need not be its own.
   * @returns undefined when a name in the text is being defined right now: wait for the server and ask again.
   */
  analyse(
    text: string,
    statements: Names<Statement>,
    portals: Names<Portal>,
    epoch: number,
    typeOids: readonly number[] = [],
    nameless = false,
  ): Analysis | undefined {
    const inexactParameters = inexact(typeOids);
    const key = textKey(text, inexactParameters);
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const templates = nameless && typeOids.length === 0 ? this.#templates : undefined;
    const template = templates?.cache.find(text, () => templates.make(text));
    if (template !== undefined) return this.#withEstimate(template, text, key);
    const around = this.#around(inexactParameters);
    if (around === undefined) throw new TypeError("no catalogue yet");
    let wait = false;
    let asked = false;
    const named: string[] = [];
    const bare = this.#analyse(text, {
      ...around,
      prepared: (name) => {
        asked = true;
        const statement = statements.find(name, epoch);
        if (statement === "wait") wait = true;
        if (statement === undefined || statement === "wait") return undefined;
        const current = this.current(statement, statements, portals, epoch);
        named.push(
          `statement ${name}(${(statement.typeOids ?? []).join()}): ${statement.text}`,
          ...this.named(current),
        );
        return current;
      },
      cursor: (name) => {
        asked = true;
        const portal = portals.find(name, epoch);
        if (portal === "wait") wait = true;
        if (portal === undefined || portal === "wait") return undefined;
        named.push(`cursor ${name} ${sha256Hex(portal.bound())}: ${portal.text}`, ...this.named(portal.analysis));
        return portal.analysis;
      },
    });
    if (wait) return undefined;
    const analysis = this.#withEstimate(bare, text, key);
    if (asked) this.#named.set(analysis, named);
    if (!asked && text.length <= CACHED_CHARS_MAX) {
      if (this.#cache.size >= ANALYSES_MAX) this.#cache.clear();
      this.#cache.set(key, analysis);
    }
    return analysis;
  }

  /** What every analysis depends on; undefined: there is no catalogue yet. */
  #around(inexactParameters: ReadonlySet<number>): Omit<SqlEnvironment, "prepared" | "cursor"> | undefined {
    if (this.#catalogue === undefined) return undefined;
    return {
      catalogue: this.#catalogue,
      searchPath: this.#path,
      pathOfTransaction: this.#touched,
      temporary: this.#temporary,
      inexactParameters,
      encoding: this.#encoding,
      hidden: this.#hidden,
      ...(this.#defined === "all" || this.#defined.size > 0 ? { changed: this.#defined } : {}),
    };
  }

  /** What the planner has to be asked before this text can be judged; undefined: nothing. */
  toEstimate(text: string, analysis: Analysis, typeOids: readonly number[] = []): ToEstimate | undefined {
    const key = textKey(text, inexact(typeOids));
    if (this.#estimates === undefined || this.#path === undefined || this.#estimates.has(key)) return undefined;
    const what = estimable(text, analysis);
    return what.kind === "explain" ? { key, environment: this.#key, sql: what.sql, searchPath: this.#path } : undefined;
  }

  /** The planner's answer. */
  estimated({ key, environment }: ToEstimate, rows: number | undefined): void {
    if (this.#estimates === undefined || environment !== this.#key) return;
    if (this.#estimates.size >= ANALYSES_MAX) this.#estimates.clear();
    this.#estimates.set(key, rows);
    this.#cache.delete(key);
  }

  #withEstimate(analysis: Analysis, text: string, key: string): Analysis {
    if (this.#estimates === undefined || (!this.#estimatesAll && !this.#estimates.has(key))) return analysis;
    const none = estimable(text, analysis).kind === "none";
    return withEstimate(analysis, none ? null : this.#estimates.get(key));
  }

  /** What the statement runs by name (EXECUTE, FETCH), as it was when it was analysed: texts with their names. */
  named(analysis: Analysis | undefined): readonly string[] {
    return (analysis === undefined ? undefined : this.#named.get(analysis)) ?? [];
  }

  /** The statement's analysis under the environment of now. */
  current(
    statement: Statement,
    statements: Names<Statement>,
    portals: Names<Portal>,
    epoch: number,
  ): Analysis | undefined {
    // What an EXECUTE or FETCH names may stand for something else by now.
    if (statement.environment === this.#key && !this.#named.has(statement.analysis)) return statement.analysis;
    // Statements can be made to execute each other in a circle; the server refuses that when it runs them.
    if (this.#depth >= NESTED_MAX) return undefined;
    this.#depth++;
    let whole: Analysis | undefined;
    try {
      whole = this.analyse(statement.text, statements, portals, epoch, statement.typeOids);
    } finally {
      this.#depth--;
    }
    if (whole === undefined) return undefined;
    let analysis: Analysis | undefined = whole;
    if (statement.preparedAs !== undefined) {
      const named = whole.statements.filter((each) => each.prepares?.name === statement.preparedAs);
      analysis = named.length === 1 ? named[0]?.prepares?.analysis : undefined;
      if (analysis === undefined) return undefined;
    }
    statement.analysis = analysis;
    statement.environment = this.#key;
    return analysis;
  }

  #changed(): void {
    this.#digestText = undefined;
    const path = this.#taintedUntil >= 0 ? undefined : this.#reported;
    const named = path?.map((schema) => (schema === "$user" ? this.#role : schema));
    this.#path = named?.every((schema) => schema !== undefined) === true ? named : undefined;
    const temporary =
      this.#temporary.size === 0
        ? ""
        : sha256Hex(JSON.stringify([[...this.#temporary].sort(), [...this.#hidden].sort()]));
    const defined = this.#defined === "all" ? "all" : JSON.stringify([...this.#defined].sort());
    const key = `${this.#catalogueNumber}/${temporary}/${defined}/${this.#path === undefined ? "?" : JSON.stringify(this.#path)}`;
    if (key !== this.#key) {
      this.#cache.clear();
      this.#templates?.cache.clear();
      this.#estimates?.clear();
    }
    this.#key = key;
  }
}

/** What is kept is dropped whenever `Environment.key` changes; no text holds a NUL. */
function textKey(text: string, inexactParameters: ReadonlySet<number>): string {
  return inexactParameters.size === 0 ? text : `\0${[...inexactParameters].join()}\n${text}`;
}

/** What relation names may mean something else after these definitions. */
function definedNames(analysis: Analysis): readonly string[] | "all" {
  const { writes, statement } = analysis.facts.fields;
  if (!analysis.facts.classified || writes?.type !== "set" || statement?.type !== "set") return "all";
  // Of relations that gate does not know yet, these change no other names than those that they are given.
  const known = statement.items.every(({ name }) => !DEFINES.test(name) || BY_NAME.has(name));
  if (writes.complete !== true && !known) return "all";
  const names = writes.items.map(({ name }) => name);
  return names.some((name) => name.includes('"')) ? "all" : names.map((name) => name.slice(name.lastIndexOf(".") + 1));
}

/** Numbers of the parameters that are declared of a type whose equality with a key may hold for several keys. */
function inexact(typeOids: readonly number[]): ReadonlySet<number> {
  if (typeOids.length === 0) return NO_PARAMETERS;
  const found = new Set<number>();
  for (const [index, oid] of typeOids.entries()) if (!EXACT_TYPE_OIDS.has(oid)) found.add(index + 1);
  return found;
}

/** Every function that the command calls is one without side effects and without dynamic SQL. */
export function onlySafeFunctions(analysis: Analysis): boolean {
  const functions = analysis.facts.fields["functions"];
  if (functions === undefined) return true;
  if (functions.type !== "set" || !functions.complete) return false;
  return functions.items.every((item) => item.labels?.includes("@safe") === true);
}

const DEFINES = /^(CREATE|ALTER|DROP|IMPORT|REASSIGN|GRANT|REVOKE|LOAD|DO|CALL)\b/;
const BY_NAME = new Set(
  "CREATE TABLE,CREATE TABLE AS,CREATE INDEX,CREATE VIEW,CREATE MATERIALIZED VIEW,CREATE SEQUENCE,ALTER TABLE".split(
    ",",
  ),
);
const NO_PARAMETERS: ReadonlySet<number> = new Set();
/** Not declared, bool, int8, int2, int4, text, unknown, varchar, date, timestamp, numeric, uuid. */
const EXACT_TYPE_OIDS = new Set([0, 16, 20, 21, 23, 25, 705, 1043, 1082, 1114, 1700, 2950]);
const ENDS = new Set(["commit", "rollback", "rollback-to", "prepare-transaction"]);
const ROLE_SETTINGS = new Set(["role", "session_authorization", "session authorization"]);
/** Analyses that one connection keeps; all are dropped when one more is needed, or when the catalogue changes. */
const ANALYSES_MAX = 512;
/** How deep prepared statements that execute prepared statements are followed. */
const NESTED_MAX = 8;
/** Longest text whose analysis is kept, in characters. */
const CACHED_CHARS_MAX = 4096;
