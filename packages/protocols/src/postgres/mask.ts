/**
 * Masks over result rows: which columns, and how each value changes. Pure, over @gate/masking.
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
import { WireError, fieldsFrame, readFields, type FieldDescription } from "./wire.ts";

interface ColumnPlan {
  /** As it is counted in the record: `column:public.customers.email`. */
  readonly label: string;
  /** What the client sees instead; the same object for "unchanged". */
  readonly apply: (value: Buffer) => Uint8Array | null;
  /** What the client always sees instead, whatever the value is. */
  readonly constant?: Uint8Array | null;
  /** Only of use where the prefilter has seen something. */
  readonly detects: boolean;
}

export interface RowPlan {
  /** By position in the row; undefined: left alone. */
  readonly columns: readonly (readonly ColumnPlan[] | undefined)[];
  /** Some column changes whatever the row looks like. */
  readonly always: boolean;
  /** May the detectors find something between these offsets? */
  readonly look: Prefilter;
}

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

/** Bytes on their way to the client that had to be written anew, in one buffer that is used again and again. */
export class RowWriter {
  #buffer: Buffer = Buffer.allocUnsafe(0);
  /** What is written lies between `start` and `offset`. */
  start = 0;
  offset = 0;

  get buffer(): Buffer {
    return this.#buffer;
  }

  /** Room for `more` bytes; what lies between `start` and `offset` stays, and moves to the front if it must. */
  reserve(more: number): Buffer {
    if (this.offset + more > this.#buffer.length) {
      const held = this.#buffer.subarray(this.start, this.offset);
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(WRITER_BYTES, (held.length + more) * 2));
      held.copy(this.#buffer, 0);
      this.offset = held.length;
      this.start = 0;
    }
    return this.#buffer;
  }

  append(bytes: Buffer, start: number, end: number): void {
    const out = this.reserve(end - start);
    this.offset += bytes.copy(out, this.offset, start, end);
  }

  /** Everything that was handed out has been copied: the buffer can be written from its front again. */
  reset(): void {
    this.start = 0;
    this.offset = 0;
  }

  /** Hands out what was written since the last call. */
  take(): Buffer | undefined {
    if (this.offset === this.start) return undefined;
    const bytes = this.#buffer.subarray(this.start, this.offset);
    this.start = this.offset;
    return bytes;
  }

  /** The buffer belongs to whoever took from it; the next bytes get another (or this one, given back). */
  swap(buffer: Buffer): Buffer {
    const before = this.#buffer;
    this.#buffer = buffer;
    this.start = 0;
    this.offset = 0;
    return before;
  }
}

/** Does this row (a whole frame) have to be looked at column by column? */
export function rowConcerned(plan: RowPlan, chunk: Buffer, start: number, end: number): boolean {
  return plan.always || plan.look(chunk, start + HEADER_BYTES, end);
}

/**
 * Writes one DataRow, from `start` to `end` in `chunk`, as the client may see it.
 * @throws {WireError} when the row does not fit its description.
 */
export function maskRow(
  plan: RowPlan,
  chunk: Buffer,
  start: number,
  end: number,
  writer: RowWriter,
  counts: Record<string, number>,
): void {
  const { columns } = plan;
  if (end - start < HEADER_BYTES + 2 || chunk.readInt16BE(start + HEADER_BYTES) !== columns.length) {
    throw new WireError("WIRE_TRUNCATED", "a row does not fit its description");
  }
  let out = writer.reserve(end - start);
  const outStart = writer.offset - writer.start;
  let offset = start + HEADER_BYTES + 2;
  /** End of what has been copied. */
  let copied = start;
  for (const steps of columns) {
    if (offset + 4 > end) throw new WireError("WIRE_TRUNCATED", "a row ends inside a column");
    const length = chunk.readInt32BE(offset);
    if (length === -1) {
      offset += 4;
      continue;
    }
    const valueEnd = offset + 4 + length;
    if (length < 0 || valueEnd > end) throw new WireError("WIRE_LENGTH", "a column's length is out of bounds");
    if (steps !== undefined) {
      const value = maskColumn(plan, steps, chunk, offset + 4, valueEnd, counts);
      if (value !== undefined) {
        const size = value === null ? 0 : value.length;
        out = writer.reserve(offset - copied + 4 + size + (end - valueEnd));
        let at = writer.offset;
        at += chunk.copy(out, at, copied, offset);
        out.writeInt32BE(value === null ? -1 : size, at);
        at += 4;
        if (value !== null) out.set(value, at);
        writer.offset = at + size;
        copied = valueEnd;
      }
    }
    offset = valueEnd;
  }
  if (offset !== end) throw new WireError("WIRE_TRAILING", "bytes after a row's last column");
  out = writer.reserve(end - copied);
  writer.offset += chunk.copy(out, writer.offset, copied, end);
  const rowStart = writer.start + outStart;
  const length = writer.offset - rowStart - 1;
  if (length > FRAME_LENGTH_MAX) throw new WireError("WIRE_LENGTH", "a masked row is too long");
  out.writeInt32BE(length, rowStart + 1);
}

/** @returns undefined when the value stays as it is. */
function maskColumn(
  plan: RowPlan,
  steps: readonly ColumnPlan[],
  chunk: Buffer,
  start: number,
  end: number,
  counts: Record<string, number>,
): Uint8Array | null | undefined {
  let value: Uint8Array | null | undefined;
  for (const step of steps) {
    if (value === null) break;
    if (step.constant !== undefined) {
      counts[step.label] = (counts[step.label] ?? 0) + 1;
      value = step.constant;
      continue;
    }
    if (step.detects && value === undefined && !plan.look(chunk, start, end)) continue;
    const before: Buffer =
      value === undefined ? chunk.subarray(start, end) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const after = step.apply(before);
    if (after === before) continue;
    counts[step.label] = (counts[step.label] ?? 0) + 1;
    value = after;
  }
  return value;
}

const REDACT: MaskAction = { kind: "redact" };
/** FirstNormalObjectId of PostgreSQL: what is below was there from the start. */
const FIRST_USER_OID = 16_384;
const NOTHING: Prefilter = () => false;
const NO_VALUE = Buffer.alloc(0);
/** Type byte and length. */
const HEADER_BYTES = 5;
/** Size of a fresh output buffer, in bytes. */
const WRITER_BYTES = 128 * 1024;
const INT8 = 20;
const NO_KEY = new Uint8Array(32);
/** Longest message the protocol knows (MaxAllocSize), in bytes. */
const FRAME_LENGTH_MAX = 0x3fff_fffe;
const JSON_TYPES = new Set([114, 3802]);
/** Types whose binary form holds nothing that a detector knows: numbers, times, uuid. */
const PLAIN_BINARY = new Set([16, 18, 21, 23, 26, 700, 701, 1082, 1083, 1114, 1184, 1186, 1266, 1700, 2950]);
/** SQLSTATE classes whose messages name objects, types and settings, and never quote rows. */
const NAMES_ONLY = new Set(["08", "0A", "25", "26", "28", "34", "3B", "3D", "3F", "42", "53", "54", "55", "57"]);
