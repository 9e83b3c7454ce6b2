/** Durations, sizes and rates as people write them: a whole number and a unit. Pure. */

/** `500ms`, `60s`, `20m`, `2h`, `1d` in milliseconds; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  return parseWithUnit(text, DURATION_UNITS);
}

/** `8MiB`, `1KiB` (powers of 1024), `10MB`, `1KB` (powers of 1000), `100B` in bytes; `undefined` for anything else. */
export function parseSize(text: string): number | undefined {
  return parseWithUnit(text, SIZE_UNITS);
}

/** `20/s` in events a second; `undefined` for anything else. */
export function parseRate(text: string): number | undefined {
  return parseWithUnit(text, RATE_UNITS);
}

function parseWithUnit(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const match = NUMBER_AND_UNIT.exec(text);
  if (match === null) return undefined;
  const factor = units.get(match[2] as string);
  if (factor === undefined) return undefined;
  const value = Number(match[1]) * factor;
  return Number.isSafeInteger(value) ? value : undefined;
}

const NUMBER_AND_UNIT = /^(0|[1-9][0-9]{0,15})(\/?[A-Za-z]{1,3})$/;

const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["KB", 1000],
  ["MB", 1000 ** 2],
  ["GB", 1000 ** 3],
  ["TB", 1000 ** 4],
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3],
  ["TiB", 1024 ** 4],
]);

const RATE_UNITS: ReadonlyMap<string, number> = new Map([["/s", 1]]);
