/** What one statement does, gathered while its tree is walked. Mutable, for this package only. */
import type { FactItem } from "@gate/contract";
import type { Relation } from "./catalogue.ts";
import { findRelation, describeRelation, isSensitive, type Found, type Namespace } from "./names.ts";
import { CONTENT_FREE_FUNCTIONS } from "./safe-functions.ts";
import { weaker, type Where } from "./where.ts";

export class Footprint {
  readonly statements = new Map<string, FactItem>();
  readonly reads = new Map<string, FactItem>();
  readonly writes = new Map<string, FactItem>();
  readonly functions = new Map<string, FactItem>();
  statementsComplete = true;
  readsComplete = true;
  writesComplete = true;
  functionsComplete = true;
  /** Why it could not be accounted for; the first reason wins. */
  unclassified: string | undefined;
  where: Where | null = null;
  /** Every known relation that is touched, with what its views are made of. */
  readonly touched = new Set<Relation>();
  /** May change data, take row locks, or do something that cannot be known. */
  mayWrite = false;
  /** Reads credentials, data samples or other sessions' texts. */
  sensitive = false;
  /** A function that could return any relation's content is called. */
  opaqueFunction = false;
  /** Creates, changes or drops objects. */
  defines = false;
  /** Sets how the server reads texts. */
  changesReading = false;
  /** Gives something the name of a type of texts, so that `::text` can come to mean it. */
  namesTextType = false;

  tag(name: string): void {
    this.statements.set(name, { name });
  }

  unclassify(reason: string): void {
    this.unclassified ??= reason;
  }

  /** Nothing is known of what a body or a name will do. */
  opaque(reason: string): void {
    this.unclassify(reason);
    this.statementsComplete = false;
    this.readsComplete = false;
    this.writesComplete = false;
    this.functionsComplete = false;
    this.mayWrite = true;
    this.opaqueFunction = true;
  }

  /** `alone`: without the rows of tables that inherit from it. */
  read(space: Namespace, schema: string | undefined, name: string, alone = false): Found {
    const found = findRelation(space, schema, name);
    for (const item of found.items) this.reads.set(item.name, item);
    if (!found.complete) this.readsComplete = false;
    if (!alone) inherit(found.relations, this.reads);
    this.touch(found, (item) => this.reads.set(item.name, item));
    return found;
  }

  /**
   * `rows`: rows of it change; `definition`: the object itself does, and a view's tables stay as they are.
   * `alone`: and not what inherits from it.
   */
  write(
    space: Namespace,
    schema: string | undefined,
    name: string,
    what: "rows" | "definition" | "refresh" = "rows",
    alone = true,
  ): Found {
    const found = findRelation(space, schema, name);
    for (const item of found.items) this.writes.set(item.name, item);
    if (!found.complete) this.writesComplete = false;
    if (!alone) inherit(found.relations, this.writes);
    this.touch(found, (item) => {
      // Writing a view's rows writes what it is made of; which of it, only the server knows.
      if (what === "rows") this.writes.set(item.name, item);
      if (what === "refresh") this.reads.set(item.name, item);
    });
    this.mayWrite = true;
    return found;
  }

  /** A known relation is touched by something that does not name it. */
  saw(relation: Relation, as: Map<string, FactItem>): void {
    for (const each of [relation, ...relation.bases]) {
      const item = describeRelation(each);
      as.set(item.name, item);
      this.touched.add(each);
    }
    if (isSensitive(relation) || relation.bases.some(isSensitive)) this.sensitive = true;
  }

  call(item: FactItem): void {
    this.#keepFunction(item.name, item);
    if (item.labels?.includes("@safe") === true) return;
    this.mayWrite = true;
    const [schema, name] = item.name.split(".");
    if (schema !== "pg_catalog" || name === undefined || !CONTENT_FREE_FUNCTIONS.has(name)) this.opaqueFunction = true;
  }

  condition(where: Where): void {
    this.where = weaker(this.where, where);
  }

  /** Adds another statement's doings to these. */
  add(other: Footprint): void {
    for (const key of ["statements", "reads", "writes"] as const) {
      for (const [name, item] of other[key]) this[key].set(name, item);
    }
    for (const [name, item] of other.functions) this.#keepFunction(name, item);
    this.defines ||= other.defines;
    this.changesReading ||= other.changesReading;
    this.namesTextType ||= other.namesTextType;
    this.statementsComplete &&= other.statementsComplete;
    this.readsComplete &&= other.readsComplete;
    this.writesComplete &&= other.writesComplete;
    this.functionsComplete &&= other.functionsComplete;
    this.unclassified ??= other.unclassified;
    this.where = weaker(this.where, other.where);
    for (const relation of other.touched) this.touched.add(relation);
    this.mayWrite ||= other.mayWrite;
    this.sensitive ||= other.sensitive;
    this.opaqueFunction ||= other.opaqueFunction;
  }

  /** A name that was called as such keeps its own labels, whatever body calls it besides. */
  #keepFunction(name: string, item: FactItem): void {
    const known = this.functions.get(name);
    if (known === undefined || known.labels?.includes("@safe") === true) this.functions.set(name, item);
  }

  private touch(found: Found, also: (item: FactItem) => void): void {
    this.sensitive ||= found.sensitive;
    for (const relation of found.relations) {
      this.touched.add(relation);
      for (const base of relation.bases) {
        this.touched.add(base);
        also(describeRelation(base));
      }
    }
  }
}

/** Rows of tables that inherit are rows of their parent too. A partition is a part of its table, not a table beside it. */
function inherit(relations: readonly Relation[], into: Map<string, FactItem>): void {
  const seen = new Set<Relation>();
  const queue = relations.filter((relation) => relation.kind !== "p");
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const child of next.children) {
      if (seen.has(child)) continue;
      seen.add(child);
      queue.push(child);
      const item = describeRelation(child);
      into.set(item.name, item);
    }
  }
}
