/**
 * Which columns of a result are masked, and how each value of them changes; mask-rows.ts writes the bytes. Pure, over @gate/masking.
 *
 * A column is known by its table's OID and attribute number (they survive aliases, sub-selects and cursors); what they
 * cannot tell, `Analysis.maskRefusal` refuses before anything is forwarded.
 */
import type { Mask, MaskAction, Obligation } from "@gate/contract";
import {
  detectValue,
  DETECTORS,
  jsonMayHold,
  maskValue,
  prefilter,
  type DetectorName,
  type Prefilter,
} from "@gate/masking";
import type { Analysis, Catalogue, MaskedColumns } from "@gate/sql";
import type { SqlEngine } from "./classify.ts";
import type { ColumnPlan, RowPlan } from "./mask-rows.ts";
import { fieldsFrame, readFields, type FieldDescription } from "./wire.ts";

export interface MaskKeys {
  maskKey(scope: "session" | "gateway"): Uint8Array;
}

export class Masker {
  /** Some mask is in force on this grant. */
  readonly inForce: boolean;
  readonly #resolveMasks: SqlEngine["resolveMasks"];
  readonly #masks: readonly Mask[];
  readonly #keys: MaskKeys;
  readonly #detectors: { readonly names: readonly DetectorName[]; readonly action: MaskAction }[] = [];
  readonly #paths: { readonly path: string; readonly action: MaskAction }[] = [];
  readonly #look: Prefilter;
  #catalogue: Catalogue | undefined;
  #masked: MaskedColumns | undefined;
  #problems: readonly string[] = [];

  constructor(resolveMasks: SqlEngine["resolveMasks"], masks: readonly Mask[], keys: MaskKeys) {
    this.#resolveMasks = resolveMasks;
    this.#masks = masks;
    this.#keys = keys;
    this.inForce = masks.length > 0;
    for (const mask of masks) {
      if (mask.kind === "detect") {
        this.#detectors.push({ names: mask.detectors as readonly DetectorName[], action: mask.action });
      }
      if (mask.kind === "json") this.#paths.push({ path: mask.path, action: mask.action });
    }
    this.#look = prefilter(DETECTORS.filter((name) => this.#detectors.some(({ names }) => names.includes(name))));
  }

  useCatalogue(catalogue: Catalogue): void {
    if (!this.inForce || catalogue === this.#catalogue) return;
    this.#catalogue = catalogue;
    const { masked, problems } = this.#resolveMasks(this.#masks, catalogue);
    this.#masked = masked;
    this.#problems = problems;
  }

  /** Why the command may not run under the masks; undefined: its results can be masked. */
  refusal(analysis: Analysis, obligation: Obligation): string | undefined {
    if (obligation.kind !== "mask" || !this.inForce) return undefined;
    if (this.#masked === undefined) return "the masked columns are not known yet";
    if (this.#problems.length > 0) return `a mask does not fit the database: ${this.#problems.join("; ")}`;
    const contentMasks = this.#detectors.length + this.#paths.length > 0;
    if (contentMasks && analysis.statements.some((statement) => statement.copy === "out")) {
      return "COPY TO STDOUT cannot be masked by content; use SELECT";
    }
    return analysis.maskRefusal(this.#masked);
  }

  /** @returns null when no column of this result can hold anything to mask. */
  plan(fields: readonly FieldDescription[]): RowPlan | null {
    if (!this.inForce) return null;
    const columns = fields.map((field) => {
      const steps = this.#columnPlans(field);
      return steps.length === 0 ? undefined : steps;
    });
    const steps = columns.flatMap((column) => column ?? []);
    if (steps.length === 0) return null;
    const detects = steps.some((step) => step.detects);
    return { columns, always: steps.some((step) => !step.detects), look: detects ? this.#look : NOTHING };
  }

  #columnPlans(field: FieldDescription): ColumnPlan[] {
    const plans: ColumnPlan[] = [];
    const { typeOid, format } = field;
    const column = this.#masked?.byColumn.get(`${field.tableOid}/${field.attnum}`);
    if (column !== undefined) {
      const action = column.action;
      const key = action.kind === "tokenize" ? this.#keys.maskKey(action.scope) : this.#keys.maskKey("session");
      const label = `column:${column.name}`;
      const apply = (value: Buffer): Uint8Array | null => maskValue(action, { typeOid, format, value, key });
      if (action.kind === "redact" || action.kind === "null") {
        return [{ label, apply, detects: false, constant: apply(NO_VALUE) }];
      }
      return [{ label, apply, detects: false }];
    }
    if (field.attnum === 0 && this.#masked?.relations.has(field.tableOid) === true) {
      return [{ label: "column:whole-row", apply: () => null, detects: false, constant: null }];
    }
    if (this.#unheardOf(field)) {
      // Created or changed since the catalogue was read: nobody knows whether a mask means it, so it is not shown.
      const constant = maskValue(REDACT, { typeOid, format, value: NO_VALUE, key: NO_KEY });
      return [{ label: "column:unknown", apply: () => constant, detects: false, constant }];
    }
    if (JSON_TYPES.has(typeOid)) {
      for (const { path, action } of this.#paths) {
        plans.push({
          label: `json:${path}`,
          detects: false,
          apply: (value) =>
            jsonMayHold(value, path)
              ? maskValue(action.kind === "null" ? action : REDACT, { typeOid, format, value, key: NO_KEY })
              : value,
        });
      }
    }
    if (format === 0 || !PLAIN_BINARY.has(typeOid)) {
      const key = this.#detectors.length === 0 ? NO_KEY : this.#keys.maskKey("session");
      for (const { names, action } of this.#detectors) {
        plans.push({
          label: `detect:${names.join(",")}`,
          // A card in a binary integer is nothing that a look over bytes can see.
          detects: !(format === 1 && typeOid === INT8),
          apply: (value) => detectValue(names, action, { typeOid, format, value, key }),
        });
      }
    }
    return plans;
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
   */
  scrub(type: "E" | "N", whole: Buffer, safeFunctions: boolean): Buffer {
    if (!this.inForce) return whole;
    const fields = readFields(whole.subarray(5));
    const sqlstate = fields.get("C") ?? "XX000";
    const keep = safeFunctions && NAMES_ONLY.has(sqlstate.slice(0, 2)) && type === "E";
    const kept: [string, string][] = [];
    for (const [code, value] of fields) {
      if (code === "D" || code === "q") continue;
      if (code === "M" && !keep) kept.push(["M", `[redacted by gate: masks are in force] SQLSTATE ${sqlstate}`]);
      else if ((code === "H" || code === "W") && !keep) continue;
      else kept.push([code, value]);
    }
    return fieldsFrame(type, kept);
  }
}

const REDACT: MaskAction = { kind: "redact" };
/** FirstNormalObjectId of PostgreSQL: what is below was there from the start. */
const FIRST_USER_OID = 16_384;
const NOTHING: Prefilter = () => false;
const NO_VALUE = Buffer.alloc(0);
const INT8 = 20;
const NO_KEY = new Uint8Array(32);
const JSON_TYPES = new Set([114, 3802]);
/** Types whose binary form holds nothing that a detector knows: numbers, times, uuid. */
const PLAIN_BINARY = new Set([16, 18, 21, 23, 26, 700, 701, 1082, 1083, 1114, 1184, 1186, 1266, 1700, 2950]);
/** SQLSTATE classes whose messages name objects, types and settings, and never quote rows. */
const NAMES_ONLY = new Set(["08", "0A", "25", "26", "28", "34", "3B", "3D", "3F", "42", "53", "54", "55", "57"]);
