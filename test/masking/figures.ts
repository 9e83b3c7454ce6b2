/**
 * `npm run masking-figures`: how well the detectors tell what is sensitive from what looks like it, over seeded,
 * made-up columns (kinds.ts). Prints a table; exit 1 when a target is missed. Options: --cells N a kind (default
 * 5000), --json. Composition root when run by itself.
 */
import { parseArgs } from "node:util";
import { faker } from "@faker-js/faker";
import { contentColumn, ContentMasks, DETECTORS, scanBits } from "@gate/masking";
import { KINDS, type Kind } from "./kinds.ts";

export interface KindFigures {
  readonly kind: Kind;
  readonly cells: number;
  /** Cells in which the detector that must find something did. */
  readonly found: number;
  /** Cells in which a detector found what is not there. */
  readonly wrong: number;
  /** One such value, for people who want to know. */
  readonly example?: string;
}

export interface Figures {
  readonly kinds: readonly KindFigures[];
  readonly cells: number;
  /** Over cards, IBANs, e-mail addresses, SSNs, IP addresses and secrets. */
  readonly recall: number;
  readonly precision: number;
  /** Cells of hard negatives in which anything was found, as a share of them. */
  readonly falsePositives: number;
}

/** Cells of each kind in the figures that are published, and where their making begins. */
export const CELLS = 5000;
export const SEED = 20_261_123;

export const TARGETS = { recall: 0.98, precision: 0.95, falsePositives: 0.001 };

export function figures(cells: number, seed: number): Figures {
  faker.seed(seed);
  const keys = { maskKey: () => Buffer.alloc(32, 1) };
  const content = new ContentMasks(
    [{ kind: "detect", detectors: DETECTORS, action: { kind: "redact" } }],
    keys,
    () => 0,
  );
  const kinds = KINDS.map((kind) => kindFigures(kind, cells, content));
  const counted = kinds.filter(({ kind }) => kind.detector !== undefined && kind.detector !== "phone");
  const negatives = kinds.filter(({ kind }) => kind.detector === undefined);
  const sum = (list: readonly KindFigures[], key: "cells" | "found" | "wrong"): number =>
    list.reduce((total, each) => total + each[key], 0);
  const found = sum(counted, "found");
  return {
    kinds,
    cells: sum(kinds, "cells"),
    recall: found / sum(counted, "cells"),
    precision: found / (found + sum(kinds, "wrong")),
    falsePositives: sum(negatives, "wrong") / sum(negatives, "cells"),
  };
}

/** Goes the way that a column of a result goes: the scan, then the detectors whose places it announced. */
function kindFigures(kind: Kind, cells: number, content: ContentMasks): KindFigures {
  const place = { column: kind.column, name: kind.column.split(".").at(-1) };
  const column = contentColumn(content, { typeOid: 25, typmod: -1, format: 0 }, place);
  if (column === undefined) throw new Error("there is nothing to find in a text column");
  const wanted = new Set((kind.detector ?? "").split("|").map((name) => `detect:${name}`));
  let found = 0;
  let wrong = 0;
  let example: string | undefined;
  for (let cell = 0; cell < cells; cell++) {
    const text = kind.make();
    const value = Buffer.from(text);
    const labels = new Set<string>();
    const seen = scanBits(value, 0, value.length, column.bits);
    if (seen !== 0 || column.always) column.mask(value, seen, (label) => labels.add(label));
    const right = [...labels].some((label) => wanted.has(label));
    if (right) found++;
    const other = [...labels].some((label) => !wanted.has(label));
    if (other) wrong++;
    if (other || (kind.detector !== undefined && !right)) example ??= `${text} → ${[...labels].join(" ") || "nothing"}`;
  }
  return { kind, cells, found, wrong, ...(example === undefined ? {} : { example }) };
}

export function tableOf({ kinds, cells, recall, precision, falsePositives }: Figures): string {
  const percent = (value: number): string => `${(value * 100).toFixed(2)} %`;
  const lines = kinds.map(({ kind, cells: count, found, wrong }) => {
    const share = kind.detector === undefined ? "–" : percent(found / count);
    return `| ${kind.name} | ${kind.detector?.replaceAll("|", ", ") ?? "nothing"} | ${share} | ${percent(wrong / count)} |`;
  });
  return `| column | must be found | found | something else found |
|---|---|---:|---:|
${lines.join("\n")}

${cells} cells. Over cards, IBANs, e-mail addresses, SSNs, IP addresses and secrets: recall ${percent(recall)}, precision ${percent(precision)}.
On hard negatives: false positives ${percent(falsePositives)}.
`;
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { cells: { type: "string" }, json: { type: "boolean" }, why: { type: "boolean" } },
  });
  const result = figures(Number(values.cells ?? CELLS), SEED);
  process.stdout.write(values.json === true ? `${JSON.stringify(result, null, 2)}\n` : tableOf(result));
  if (values.why === true)
    for (const { kind, example } of result.kinds)
      if (example !== undefined) process.stdout.write(`${kind.name}: ${example}\n`);
  const good =
    result.recall >= TARGETS.recall &&
    result.precision >= TARGETS.precision &&
    result.falsePositives <= TARGETS.falsePositives;
  process.exitCode = good ? 0 : 1;
}
