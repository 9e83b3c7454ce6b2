/** What a classification needs and what it gives. Pure. */
import type { Facts } from "@gate/contract";
import type { Catalogue } from "./catalogue.ts";
import type { Footprint } from "./footprint.ts";
import type { NodeInfo } from "./info.ts";
import type { MaskAnalysis } from "./mask-analysis.ts";
import type { MaskedColumns } from "./masked-columns.ts";
import type { Namespace } from "./names.ts";
import type { JsonObject } from "./parser.ts";

export interface SqlEnvironment {
  readonly catalogue: Catalogue;
  /** The search path, `"$user"` resolved; undefined: not known. pg_catalog is first unless it is named. */
  readonly searchPath: readonly string[] | undefined;
  /** It may have been set for the open transaction only (SET LOCAL), so that COMMIT changes it. */
  readonly pathOfTransaction?: boolean;
  /** Names of the session's temporary relations. */
  readonly temporary: ReadonlySet<string>;
  /** Of them, those behind which something lies that only their session can see (`NodeInfo.hides`). */
  readonly hidden?: ReadonlySet<string>;
  /** What EXECUTE of this name runs, whether PREPARE or the protocol made it; undefined: not known. */
  readonly prepared: (name: string) => Analysis | undefined;
  /** What FETCH of this name runs, whether DECLARE or the protocol made it; undefined: not known. */
  readonly cursor: (name: string) => Analysis | undefined;
  /** The database's own encoding (`server_encoding`); absent: UTF8. */
  readonly encoding?: string;
  /** Numbers of the parameters that the client declared of a type whose equality with a key is not exact. */
  readonly inexactParameters?: ReadonlySet<number>;
  /**
   * Names of relations that the open transaction defined, changed or dropped: the catalogue, read by another
   * connection, cannot know what they mean. "all": any object may have changed.
   */
  readonly changed?: ReadonlySet<string> | "all";
}

export interface StatementInfo extends NodeInfo {
  readonly prepares?: { readonly name: string; readonly analysis: Analysis };
  readonly declares?: { readonly name: string; readonly analysis: Analysis };
}

export interface Analysis {
  readonly facts: Facts;
  readonly statements: readonly StatementInfo[];
  /** What the server would answer; nothing of the text may be forwarded. `position` counts characters from 1. */
  readonly syntaxError?: { readonly message: string; readonly position: number; readonly sqlstate: string };
  /** What it means for these masked columns: why it may not run, what its results hold, what it tests. */
  readonly masks: (masked: MaskedColumns) => MaskAnalysis;
}

/** One statement of an analysis, as this package keeps it. */
export interface Part {
  readonly node: JsonObject;
  readonly type: string;
  readonly print: Footprint;
  readonly space: Namespace;
  /** For EXECUTE and FETCH: the parts of what they run. */
  readonly runs: readonly Part[] | undefined;
  readonly declaredInexact: ReadonlySet<number>;
}

/** Ties an analysis to its parts, which only this package sees. */
export function remember(analysis: Analysis, parts: readonly Part[]): Analysis {
  PARTS.set(analysis, parts);
  return analysis;
}

/** The parts of an analysis that this package made; anything else is not known. */
export function partsOf(analysis: Analysis | undefined): readonly Part[] | undefined {
  return analysis === undefined ? undefined : PARTS.get(analysis);
}

const PARTS = new WeakMap<Analysis, readonly Part[]>();
