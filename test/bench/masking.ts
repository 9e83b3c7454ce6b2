/** What the detectors find and what they cost, without any socket: made-up cells with the answers known, and the scan alone. */
import { ContentMasks, contentColumn, DETECTORS, scanBits } from "@gate/masking";
import { CELLS, figures, SEED, TARGETS } from "../masking/figures.ts";

export interface MaskingRow {
  readonly row: string;
  readonly path: string;
  readonly against: string;
  /** Of the target; a rate of another rate. */
  readonly ratio: number;
}

/** The figures of `npm run masking-figures`, and MB a CPU second of the scan and of a pattern of a policy's own. */
export function maskingRows(): MaskingRow[] {
  const { cells, recall, precision, falsePositives } = figures(CELLS, SEED);
  const row = `detectors, ${cells} made-up cells`;
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  const column = contentOf(DETECTORS, []);
  const scan = rate(2_000, () => scanBits(TEXT, 0, TEXT.length, column.bits));
  const pattern = contentOf([], [{ name: "ticket", re2: "[A-Z]{3,5}-[0-9]{6,}" }]);
  const own = rate(20, () => pattern.mask(TEXT, 0, () => undefined));
  return [
    {
      row,
      path: `recall ${percent(recall)}`,
      against: `at least ${percent(TARGETS.recall)}`,
      ratio: recall / TARGETS.recall,
    },
    {
      row,
      path: `precision ${percent(precision)}`,
      against: `at least ${percent(TARGETS.precision)}`,
      ratio: precision / TARGETS.precision,
    },
    {
      row,
      path: `false positives on hard negatives ${percent(falsePositives)}`,
      against: `target ${percent(TARGETS.falsePositives)}`,
      ratio: falsePositives / TARGETS.falsePositives,
    },
    {
      row: "looking for all detectors",
      path: `${megabytes(scan)} MB a CPU second`,
      against: "at least 450 MB",
      ratio: scan / 450,
    },
    {
      row: "looking for a pattern of RE2",
      path: `${megabytes(own)} MB a CPU second`,
      against: "all detectors",
      ratio: own / scan,
    },
  ];
}

function contentOf(detectors: readonly string[], patterns: readonly { readonly name: string; readonly re2: string }[]) {
  const mask = { kind: "detect", detectors, patterns, action: { kind: "redact" } } as const;
  const content = new ContentMasks([mask], { maskKey: () => Buffer.alloc(32, 1) }, () => 0);
  const column = contentColumn(
    content,
    { typeOid: 25, typmod: -1, format: 0 },
    { column: "public.notes.body", name: "body" },
  );
  if (column === undefined) throw new Error("there is nothing to find in a text column");
  return column;
}

/** Median of seven samples after one to warm up. */
function rate(calls: number, run: () => unknown): number {
  const samples: number[] = [];
  for (let sample = 0; sample < 8; sample += 1) {
    const before = process.cpuUsage();
    for (let call = 0; call < calls; call += 1) run();
    const { user, system } = process.cpuUsage(before);
    if (sample > 0) samples.push((calls * TEXT.length) / (user + system));
  }
  return samples.sort((a, b) => a - b)[3] ?? 0;
}

function megabytes(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

/** Ordinary text with words, times and numbers, 64 KiB of it. */
const TEXT = Buffer.from(
  "Shipped order 10-445 to the warehouse at 10:00:00, see the note of 2026-01-31; 3 boxes, 12.5 kg, ok. ".repeat(700),
).subarray(0, 65_536);
