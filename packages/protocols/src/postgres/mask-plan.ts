/**
 * Which columns of a result are masked, and how each value of them changes; mask-rows.ts writes the bytes. Pure, over @gate/masking.
 *
 * A column is known by its table's OID and attribute number (they survive aliases, sub-selects and cursors); for what
 * they cannot tell there is the statement's lineage (`Analysis.masks`). What neither shows to be free of masked columns
 * is replaced by its type's constant, or was refused before anything was forwarded.
 */
import type { Fact, Facts, Mask, MaskAction, Obligation } from "@gate/contract";
import { contentColumn, ContentMasks, isConstant, maskValue, type MaskKeys } from "@gate/masking";
import {
  alignOrigins,
  type Analysis,
  type Catalogue,
  type MaskedColumns,
  type Origin,
  type StatementMasks,
} from "@gate/sql";
import { onlySafeFunctions, type SqlEngine } from "./classify.ts";
import { CopyMasker } from "./mask-copy.ts";
import { documentColumns, DOCUMENTS } from "./mask-json.ts";
import type { ColumnPlan, RowPlan } from "./mask-rows.ts";
import { BodyReader, fieldsFrame, readFields, WireError, type FieldDescription } from "./wire.ts";

export class Masker {
  /** Some mask is in force on this grant. */
  readonly inForce: boolean;
  readonly #resolveMasks: SqlEngine["resolveMasks"];
  readonly #masks: readonly Mask[];
  readonly #keys: MaskKeys;
  readonly #content: ContentMasks;
  #catalogue: Catalogue | undefined;
  #masked: MaskedColumns | undefined;
  /** Columns of documents, where masks by JSON path are in force. */
  #documents: MaskedColumns | undefined;
  #problems: readonly string[] = [];
  readonly #facts = new WeakMap<Analysis, { readonly masked: MaskedColumns; readonly facts: Facts }>();

  /** @param nowMs for masks that are ignored until a date. */
  constructor(resolveMasks: SqlEngine["resolveMasks"], masks: readonly Mask[], keys: MaskKeys, nowMs: () => number) {
    this.#resolveMasks = resolveMasks;
    this.#masks = masks;
    this.#keys = keys;
    this.inForce = masks.length > 0;
    this.#content = new ContentMasks(masks, keys, nowMs);
  }

  useCatalogue(catalogue: Catalogue): void {
    if (!this.inForce || catalogue === this.#catalogue) return;
    this.#catalogue = catalogue;
    const { masked, problems } = this.#resolveMasks(this.#masks, catalogue);
    this.#masked = masked;
    this.#problems = problems;
    if (this.#content.paths.length === 0) return;
    this.#documents = this.#resolveMasks(documentColumns(catalogue), catalogue).masked;
  }

  /** The sets of columns that analyses are asked about; undefined: they are not known yet. */
  get columnSets(): readonly MaskedColumns[] | undefined {
    if (!this.inForce) return [];
    if (this.#masked === undefined) return undefined;
    return this.#documents === undefined ? [this.#masked] : [this.#masked, this.#documents];
  }

  /** Why the command may not run under the masks; undefined: its results can be masked. */
  refusal(analysis: Analysis, obligation: Obligation): string | undefined {
    if (obligation.kind !== "mask" || !this.inForce) return undefined;
    if (this.#masked === undefined) return "the masked columns are not known yet";
    if (this.#problems.length > 0) return `a mask does not fit the database: ${this.#problems.join("; ")}`;
    const { refusal, predicates, statements } = analysis.masks(this.#masked);
    if (refusal !== undefined) return refusal;
    const taken = this.#documents === undefined ? undefined : analysis.masks(this.#documents).refusal;
    if (taken !== undefined) return `${taken} (documents are masked by path)`;
    const vague = analysis.statements.some(
      ({ copy }, place) => copy === "out" && statements[place]?.copy === undefined,
    );
    if (vague) return "the options of COPY leave its columns open";
    const denied = predicates.filter((name) => this.#deniesPredicates(name));
    if (denied.length === 0) return undefined;
    return `the command tests a masked column (${denied.join(", ")}), by a condition, an order, a group or what can fail: select it as it is, or set on_predicate`;
  }

  /** The facts that policy judges: those of the text, and which masked columns it tests. */
  facts(analysis: Analysis): Facts {
    if (this.#masked === undefined || this.#masked.byColumn.size === 0) return analysis.facts;
    const known = this.#facts.get(analysis);
    if (known?.masked === this.#masked) return known.facts;
    const { predicates, statements } = analysis.masks(this.#masked);
    const facts = predicates.length === 0 ? analysis.facts : withPredicates(analysis.facts, predicates, statements);
    this.#facts.set(analysis, { masked: this.#masked, facts });
    return facts;
  }

  /** Everything that the masks make of the command: where it is the same, results are masked the same way. */
  meaning(analysis: Analysis): unknown {
    if (!this.inForce) return null;
    return [this.#problems, ...[this.#masked, this.#documents].map((masked) => masked && analysis.masks(masked))];
  }

  /** A column that no mask of the policy names (a row type's) has nobody to allow it. */
  #deniesPredicates(name: string): boolean {
    const masks = this.#masks.filter((mask) => mask.kind === "column" && mask.column === name);
    return (
      masks.length === 0 || masks.some((mask) => mask.kind === "column" && (mask.onPredicate ?? "deny") === "deny")
    );
  }

  /**
   * `statement`: which of the analysis' statements these are the columns of.
   * @returns null when no column of this result can hold anything to mask.
   */
  plan(fields: readonly FieldDescription[], analysis: Analysis, statement: number): RowPlan | null {
    if (!this.inForce) return null;
    const origins = this.#origins(this.#masked, fields.length, analysis, statement);
    const documents = this.#origins(this.#documents, fields.length, analysis, statement);
    return this.#rowPlan(fields.map((field, at) => this.#columnPlans(field, origins?.[at], documents?.[at])));
  }

  /**
   * For COPY … TO STDOUT, whose columns nobody describes. `whole`: the CopyOutResponse.
   * @returns null when no column of it can hold anything to mask.
   * @throws {WireError} when it is not the format that the command's options said.
   */
  copyOut(whole: Buffer, analysis: Analysis, statement: number): CopyMasker | null {
    if (!this.inForce) return null;
    const reader = new BodyReader(whole.subarray(5));
    const binary = reader.bytes(1)[0] === 1;
    const count = reader.count();
    const copy = this.#masked === undefined ? undefined : analysis.masks(this.#masked).statements[statement]?.copy;
    if (copy === undefined || (copy.format.kind === "binary") !== binary) {
      throw new WireError("WIRE_TYPE", "a COPY whose columns are not known cannot be masked");
    }
    const origins = this.#origins(this.#masked, count, analysis, statement);
    const documents = this.#origins(this.#documents, count, analysis, statement);
    const known = copy.columns?.length === count ? copy.columns : undefined;
    const plans = Array.from({ length: count }, (_, place) => {
      const origin = origins?.[place];
      // Of a query's columns only those that are columns of a table have a type that is known.
      const of = this.#masked?.byColumn.get(origin?.column ?? "");
      const typeOid = (of ?? this.#documents?.byColumn.get(documents?.[place]?.column ?? ""))?.typeOid ?? 0;
      const field = { ...NO_FIELD, typeOid, ...known?.[place], format: binary ? (1 as const) : (0 as const) };
      return this.#columnPlans(field, origin, documents?.[place]);
    });
    const plan = this.#rowPlan(plans);
    return plan === null ? null : new CopyMasker(plan.columns, copy.format);
  }

  #rowPlan(plans: readonly ColumnPlan[][]): RowPlan | null {
    const columns = plans.map((steps) => (steps.length === 0 ? undefined : steps));
    const steps = plans.flat();
    if (steps.length === 0) return null;
    return { columns };
  }

  /** @returns undefined when nothing of this result is made of masked columns. */
  #origins(
    masked: MaskedColumns | undefined,
    count: number,
    analysis: Analysis,
    statement: number,
  ): readonly Origin[] | undefined {
    if (masked === undefined || masked.byColumn.size === 0) return undefined;
    const { refusal, statements } = analysis.masks(masked);
    const known = statements[statement];
    // It was not refused when it was sent, so the catalogue has changed since: nobody knows what these columns are now.
    if (refusal !== undefined || known === undefined) return Array.from({ length: count }, () => NOT_KNOWN);
    return known.columns === undefined ? undefined : alignOrigins(known.columns, count);
  }

  #columnPlans(field: FieldDescription, origin: Origin | undefined, document: Origin | undefined): ColumnPlan[] {
    const { typeOid, typmod, format } = field;
    const said = this.#masked?.byColumn.get(`${field.tableOid}/${field.attnum}`);
    const column = said ?? this.#masked?.byColumn.get(origin?.column ?? "");
    if (column !== undefined) {
      const action = column.action;
      const key = action.kind === "tokenize" ? this.#keys.maskKey(action.scope) : this.#keys.maskKey("session");
      const label = `column:${column.name}`;
      const apply = (value: Buffer): Uint8Array | null => maskValue(action, { typeOid, typmod, format, value, key });
      if (isConstant(action, typeOid)) return [{ label, apply, constant: apply(NO_VALUE) }];
      return [{ label, apply }];
    }
    if (origin !== undefined && origin.names.length > 0) {
      const constant = maskValue(REDACT, { typeOid, typmod, format, value: NO_VALUE, key: NO_KEY });
      return [{ label: `column:${origin.names.join(",")}`, apply: () => constant, constant, everyRow: true }];
    }
    if (field.attnum === 0 && this.#masked?.relations.has(field.tableOid) === true) {
      return [{ label: "column:whole-row", apply: () => null, constant: null }];
    }
    if (this.#unheardOf(field)) {
      // Created or changed since the catalogue was read: nobody knows whether a mask means it, so it is not shown.
      const constant = maskValue(REDACT, { typeOid, typmod, format, value: NO_VALUE, key: NO_KEY });
      return [{ label: "column:unknown", apply: () => constant, constant }];
    }
    if (document !== undefined && document.names.length > 0 && !this.#isDocument(field, document)) {
      const constant = maskValue(REDACT, { typeOid, typmod, format, value: NO_VALUE, key: NO_KEY });
      return [{ label: "json:unknown-place", apply: () => constant, constant, everyRow: true }];
    }
    const stored = this.#nameOf(field);
    const place = { name: field.name, column: stored, computed: stored === undefined };
    const content = contentColumn(this.#content, { typeOid, typmod, format }, place);
    return content === undefined ? [] : [{ label: "content", apply: (value) => value, content }];
  }

  /** `schema.table.column` of a stored column; undefined for what an expression made. */
  #nameOf({ tableOid, attnum }: FieldDescription): string | undefined {
    const relation = tableOid === 0 || attnum <= 0 ? undefined : this.#catalogue?.byOid(tableOid);
    for (const column of relation?.columns.values() ?? []) {
      if (column.attnum === attnum) return `${relation?.schema}.${relation?.name}.${column.name}`;
    }
    return undefined;
  }

  /** Does it hold whole documents as they are stored? Then their paths can be followed. */
  #isDocument({ tableOid, attnum, typeOid }: FieldDescription, origin: Origin): boolean {
    const stored = this.#documents?.byColumn.has(`${tableOid}/${attnum}`) === true;
    return DOCUMENTS.has(typeOid) && (stored || origin.column !== undefined);
  }

  /** Is it a column of a user's relation that the catalogue does not know? */
  #unheardOf(field: FieldDescription): boolean {
    if (field.tableOid < FIRST_USER_OID || !this.#masks.some((mask) => mask.kind === "column")) return false;
    const relation = this.#catalogue?.byOid(field.tableOid);
    if (relation === undefined) return true;
    // Attribute number 0 is a whole row, which refusal() is about; negative ones are system columns.
    if (field.attnum <= 0) return false;
    for (const column of relation.columns.values()) if (column.attnum === field.attnum) return false;
    return true;
  }

  /**
   * An ErrorResponse or NoticeResponse without what may hold values of masked columns: DETAIL and the internal query
   * always; the message, hint and context too unless the class of the SQLSTATE is one whose messages hold names only.
   * An error of a command that touches no relation with masked columns, and that arose in the command itself rather
   * than in code that it set off, stays as it is.
   */
  scrub(type: "E" | "N", whole: Buffer, cause: Analysis | "preparing" | undefined): Buffer {
    if (!this.inForce) return whole;
    const fields = readFields(whole.subarray(5));
    const sqlstate = fields.get("C") ?? "XX000";
    // Nothing has looked at a row while a statement was only parsed or bound.
    const untouched = cause === "preparing" || (cause !== undefined && this.#untouched(cause));
    if (type === "E" && untouched && !fields.has("W") && !fields.has("q")) return this.#seen(type, whole, [...fields]);
    const safe = typeof cause === "object" && cause.facts.classified && onlySafeFunctions(cause) && this.#tame(cause);
    const keep = safe && NAMES_ONLY.has(sqlstate.slice(0, 2)) && type === "E";
    const kept: [string, string][] = [];
    for (const [code, value] of fields) {
      if (code === "D" || code === "q") continue;
      if (code === "M" && !keep) kept.push(["M", `[redacted by gate: masks are in force] SQLSTATE ${sqlstate}`]);
      else if ((code === "H" || code === "W") && !keep) continue;
      else kept.push([code, value]);
    }
    const frame = fieldsFrame(type, kept);
    return this.#seen(type, frame, kept);
  }

  /** What the detectors leave of a message's fields; `whole` itself when they find nothing. */
  #seen(type: "E" | "N", whole: Buffer, fields: readonly [string, string][]): Buffer {
    if (!this.#content.detects) return whole;
    const rules = this.#content.at({ computed: true });
    let found = false;
    const left = fields.map(([code, value]): [string, string] => {
      const text = this.#content.replace(Buffer.from(value).toString("latin1"), rules, () => undefined);
      if (text === undefined) return [code, value];
      found = true;
      return [code, Buffer.from(text, "latin1").toString()];
    });
    return found ? fieldsFrame(type, left) : whole;
  }

  /** Nothing that is computed with a masked value can fail: `ssn::regclass` would have it for a name. */
  #tame(analysis: Analysis): boolean {
    return [this.#masked, this.#documents].every((masked) => {
      if (masked === undefined) return true;
      const { refusal, predicates } = analysis.masks(masked);
      return refusal === undefined && predicates.length === 0;
    });
  }

  /** At the end of a transaction come errors of what was done before. */
  #untouched(analysis: Analysis): boolean {
    if (this.#masked === undefined || analysis.statements.some(({ transaction }) => transaction !== undefined))
      return false;
    return [this.#masked, this.#documents].every((masked) => {
      if (masked === undefined) return true;
      const { refusal, statements } = analysis.masks(masked);
      return refusal === undefined && statements.every(({ touches }) => !touches);
    });
  }
}

function withPredicates(facts: Facts, predicates: readonly string[], statements: readonly StatementMasks[]): Facts {
  const add = (to: Facts, names: readonly string[]): Facts => {
    if (names.length === 0) return to;
    const fact: Fact = { type: "set", items: names.map((name) => ({ name })), complete: true };
    return { ...to, fields: { ...to.fields, predicates: fact } };
  };
  const whole = add(facts, predicates);
  if (facts.parts === undefined) return whole;
  return { ...whole, parts: facts.parts.map((part, place) => add(part, statements[place]?.predicates ?? predicates)) };
}

const REDACT: MaskAction = { kind: "redact" };
/** FirstNormalObjectId of PostgreSQL: what is below was there from the start. */
const FIRST_USER_OID = 16_384;
/** Of a result whose lineage does not hold any more: it may be anything. */
const NOT_KNOWN: Origin = { names: ["unknown"] };
const NO_FIELD = { name: "", tableOid: 0, attnum: 0, typeOid: 0, typmod: -1 };
const NO_VALUE = Buffer.alloc(0);
const NO_KEY = new Uint8Array(32);
/** SQLSTATE classes whose messages name objects, types and settings, and never quote rows. */
const NAMES_ONLY = new Set(["08", "0A", "25", "26", "28", "34", "3B", "3D", "3F", "42", "53", "54", "55", "57"]);
