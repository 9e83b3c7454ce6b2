/** What the statements of one text change for those that come after them. Mutable, for this package only. */
import { partsOf, type Analysis, type Part, type SqlEnvironment, type StatementInfo } from "./analysis.ts";
import type { Catalogue, Relation } from "./catalogue.ts";
import { Footprint } from "./footprint.ts";
import type { Namespace } from "./names.ts";
import type { Batch, Prepared } from "./walk.ts";

export class BatchState implements Batch {
  readonly #env: SqlEnvironment;
  readonly #prepared = new Map<string, Analysis | undefined>();
  readonly #cursors = new Map<string, Analysis | undefined>();
  #allPreparedGone = false;
  #allCursorsGone = false;
  searchPath: readonly string[] | undefined;
  temporary: ReadonlySet<string>;
  /** Temporary relations behind which something lies that only the session knows. */
  #hidden: ReadonlySet<string>;
  stale = false;
  work = { visited: 0 };
  declaredInexact: ReadonlySet<number>;

  constructor(env: SqlEnvironment) {
    this.#env = env;
    this.searchPath = env.searchPath;
    this.temporary = env.temporary;
    this.#hidden = env.hidden ?? new Set();
    this.declaredInexact = env.inexactParameters ?? new Set();
    this.stale = env.changed === "all";
  }

  isStale(name: string, relations: readonly Relation[]): boolean {
    const { changed } = this.#env;
    if (this.stale || changed === "all" || this.isHidden(name)) return true;
    if (changed === undefined) return false;
    return changed.has(name) || relations.some((relation) => relation.bases.some((base) => changed.has(base.name)));
  }

  isHidden(name: string): boolean {
    return this.#hidden.has(name);
  }

  get catalogue(): Catalogue {
    return this.#env.catalogue;
  }

  copy(): BatchState {
    const other = new BatchState(this.#env);
    for (const [name, analysis] of this.#prepared) other.#prepared.set(name, analysis);
    for (const [name, analysis] of this.#cursors) other.#cursors.set(name, analysis);
    other.#allPreparedGone = this.#allPreparedGone;
    other.#allCursorsGone = this.#allCursorsGone;
    other.searchPath = this.searchPath;
    other.temporary = this.temporary;
    other.#hidden = this.#hidden;
    other.stale = this.stale;
    other.work = this.work;
    return other;
  }

  snapshot(): Namespace {
    return { catalogue: this.catalogue, searchPath: this.searchPath, temporary: this.temporary };
  }

  /** The server plans a prepared statement again when the search path has changed, so its tree is walked again. */
  prepared(name: string): Prepared | undefined {
    const parts = this.preparedParts(name);
    if (parts === undefined) return undefined;
    const [part] = parts;
    return parts.length === 1 && part !== undefined
      ? { kind: "tree", node: part.node, declaredInexact: part.declaredInexact }
      : done(parts);
  }

  preparedParts(name: string): readonly Part[] | undefined {
    if (this.#prepared.has(name)) return partsOf(this.#prepared.get(name));
    return this.#allPreparedGone ? undefined : partsOf(this.#env.prepared(name));
  }

  /** A cursor was planned when it was declared. */
  cursor(name: string): Prepared | undefined {
    const parts = this.cursorParts(name);
    return parts === undefined ? undefined : done(parts);
  }

  cursorParts(name: string): readonly Part[] | undefined {
    if (this.#cursors.has(name)) return partsOf(this.#cursors.get(name));
    return this.#allCursorsGone ? undefined : partsOf(this.#env.cursor(name));
  }

  after(info: StatementInfo, part: Part): void {
    if (info.prepares !== undefined) this.#prepared.set(info.prepares.name, info.prepares.analysis);
    if (info.declares !== undefined) this.#cursors.set(info.declares.name, info.declares.analysis);
    if (info.deallocates !== undefined) this.#forget(this.#prepared, info.deallocates);
    if (info.closes !== undefined) this.#forget(this.#cursors, info.closes);
    if (info.createsTemporary !== undefined) this.temporary = new Set([...this.temporary, ...info.createsTemporary]);
    if (info.hides !== undefined) this.#hidden = new Set([...this.#hidden, ...info.hides]);
    if (info.ddl && (info.createsTemporary === undefined || part.type === "RenameStmt")) this.stale = true;
    if (info.discards === true) this.#forget(this.#prepared, "ALL");
    if (info.discards === true) this.#forget(this.#cursors, "ALL");
    if (changesPath(info, part.print, this.#env.pathOfTransaction === true)) this.searchPath = undefined;
  }

  #forget(names: Map<string, Analysis | undefined>, name: string): void {
    if (name !== "ALL") {
      names.set(name, undefined);
      return;
    }
    for (const each of names.keys()) names.set(each, undefined);
    if (names === this.#prepared) this.#allPreparedGone = true;
    else this.#allCursorsGone = true;
  }
}

/** May names mean other relations after this statement? */
function changesPath(info: StatementInfo, print: Footprint, ofTransaction: boolean): boolean {
  if (info.discards === true || print.unclassified !== undefined || print.opaqueFunction) return true;
  if (info.transaction === "rollback" || info.transaction === "rollback-to") return true;
  // What SET LOCAL has set ends with its transaction.
  if (ofTransaction && (info.transaction === "commit" || info.transaction === "prepare-transaction")) return true;
  if (print.functions.has("pg_catalog.set_config")) return true;
  return info.setsSetting !== undefined && PATH_SETTINGS.has(info.setsSetting);
}

const PATH_SETTINGS: ReadonlySet<string> = new Set(["search_path", "role", "session_authorization", "ALL"]);

function done(parts: readonly Part[]): Prepared {
  const footprint = new Footprint();
  for (const part of parts) footprint.add(part.print);
  return { kind: "done", footprint };
}
