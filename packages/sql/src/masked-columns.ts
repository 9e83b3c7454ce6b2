/** The masked columns of one database, as `resolveMasks` finds them. Types only. */
import type { MaskAction } from "@gate/contract";

export interface MaskedColumn {
  /** As the policy writes it. */
  readonly name: string;
  readonly action: MaskAction;
  readonly typeOid: number;
  /** What becomes of a result that may be made of it. Absent: redact. */
  readonly onUnknownOrigin?: "redact" | "deny";
}

export interface MaskedColumns {
  /** `${tableOid}/${attnum}` → the mask of that column. */
  readonly byColumn: ReadonlyMap<string, MaskedColumn>;
  /** Relations with a masked column, and the views over them. */
  readonly relations: ReadonlySet<number>;
}
