/**
 * Masks over result rows: which columns, and how each value changes. Pure, over @gate/masking.
 *
 * A column is known by its table's OID and attribute number (they survive aliases, sub-selects and cursors); what they
 * cannot tell, `Analysis.maskRefusal` refuses before anything is forwarded.
 */
import type { Mask, MaskAction, Obligation } from "@gate/contract";
import { detectValue, jsonMayHold, maskValue, type DetectorName } from "@gate/masking";
import type { Analysis, Catalogue, MaskedColumns } from "@gate/sql";
import type { SqlEngine } from "./classify.ts";
import { WireError, fieldsFrame, readFields, type FieldDescription } from "./wire.ts";

interface ColumnPlan {
  /** As it is counted in the record: `column:public.customers.email`. */
  readonly label: string;
  /** What the client sees instead; the same bytes for "unchanged". */
  readonly apply: (value: Buffer) => Uint8Array | null;
}

/** By position in the row; undefined: left alone. */
export type RowPlan = readonly (readonly ColumnPlan[] | undefined)[];

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
    let some = false;
    const plan = fields.map((field) => {
      const columns = this.#columnPlans(field);
      if (columns.length === 0) return undefined;
      some = true;
      return columns;
    });
    return some ? plan : null;
  }

  #columnPlans(field: FieldDescription): ColumnPlan[] {
    const plans: ColumnPlan[] = [];
    const { typeOid, format } = field;
    const column = this.#masked?.byColumn.get(`${field.tableOid}/${field.attnum}`);
    if (column !== undefined) {
      const action = column.action;
      const key = action.kind === "tokenize" ? this.#keys.maskKey(action.scope) : this.#keys.maskKey("session");
      plans.push({
        label: `column:${column.name}`,
        apply: (value) => maskValue(action, { typeOid, format, value, key }),
      });
      return plans;
    }
    if (JSON_TYPES.has(typeOid)) {
      for (const { path, action } of this.#paths) {
        plans.push({
          label: `json:${path}`,
          apply: (value) =>
            jsonMayHold(value, path)
              ? maskValue(action.kind === "null" ? action : { kind: "redact" }, {
                  typeOid,
                  format,
                  value,
                  key: NO_KEY,
                })
              : value,
        });
      }
    }
    if (format === 0 || DETECTABLE_BINARY.has(typeOid)) {
      const key = this.#detectors.length === 0 ? NO_KEY : this.#keys.maskKey("session");
      for (const { names, action } of this.#detectors) {
        plans.push({
          label: `detect:${names.join(",")}`,
          apply: (value) => detectValue(names, action, { typeOid, format, value, key }),
        });
      }
    }
    return plans;
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

/**
 * Rewrites one DataRow frame.
 * @returns the frame to forward: the same object when nothing changed.
 * @throws {WireError} when the row does not fit its description.
 */
export function maskRow(plan: RowPlan, whole: Buffer, counts: Record<string, number>): Buffer {
  const columns = whole.length >= 7 ? whole.readInt16BE(5) : -1;
  if (columns !== plan.length) throw new WireError("WIRE_TRUNCATED", "a row does not fit its description");
  let offset = 7;
  /** End of what has been copied into `parts`. */
  let copied = 0;
  let parts: Uint8Array[] | undefined;
  for (let index = 0; index < columns; index++) {
    if (offset + 4 > whole.length) throw new WireError("WIRE_TRUNCATED", "a row ends inside a column");
    const length = whole.readInt32BE(offset);
    if (length === -1) {
      offset += 4;
      continue;
    }
    const end = offset + 4 + length;
    if (length < 0 || end > whole.length) throw new WireError("WIRE_LENGTH", "a column's length is out of bounds");
    const steps = plan[index];
    if (steps !== undefined) {
      const original = whole.subarray(offset + 4, end);
      let value: Uint8Array | null = original;
      for (const step of steps) {
        if (value === null) break;
        const before: Uint8Array = value;
        value = step.apply(Buffer.from(before.buffer, before.byteOffset, before.byteLength));
        if (value !== before && (value === null || !sameView(value, before))) {
          counts[step.label] = (counts[step.label] ?? 0) + 1;
        }
      }
      if (value === null || !sameView(value, original)) {
        parts ??= [];
        const header = Buffer.allocUnsafe(4);
        header.writeInt32BE(value === null ? -1 : value.length, 0);
        parts.push(whole.subarray(copied, offset), header);
        if (value !== null) parts.push(value);
        copied = end;
      }
    }
    offset = end;
  }
  if (offset !== whole.length) throw new WireError("WIRE_TRAILING", "bytes after a row's last column");
  if (parts === undefined) return whole;
  parts.push(whole.subarray(copied));
  const out = Buffer.concat(parts);
  if (out.length - 1 > FRAME_LENGTH_MAX) throw new WireError("WIRE_LENGTH", "a masked row is too long");
  out.writeInt32BE(out.length - 1, 1);
  return out;
}

function sameView(a: Uint8Array, b: Uint8Array): boolean {
  return a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
}

const NO_KEY = new Uint8Array(32);
/** Longest message the protocol knows (MaxAllocSize), in bytes. */
const FRAME_LENGTH_MAX = 0x3fff_fffe;
const JSON_TYPES = new Set([114, 3802]);
/** Types whose binary form is read by the detectors: int8, name, text, json, unknown, bpchar, varchar, jsonb. */
const DETECTABLE_BINARY = new Set([19, 20, 25, 114, 705, 1042, 1043, 3802]);
/** SQLSTATE classes whose messages name objects, types and settings, and never quote rows. */
const NAMES_ONLY = new Set(["08", "0A", "25", "26", "28", "34", "3B", "3D", "3F", "42", "53", "54", "55", "57"]);
