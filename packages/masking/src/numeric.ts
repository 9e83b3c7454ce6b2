/** PostgreSQL's numeric between its binary form and decimal text (src/backend/utils/adt/numeric.c). Pure. */

/** @returns the decimal text; undefined for NaN, infinities and what does not fit the format. */
export function numericText(bytes: Buffer): string | undefined {
  if (bytes.length < 8) return undefined;
  const count = bytes.readUInt16BE(0);
  const weight = bytes.readInt16BE(2);
  const sign = bytes.readUInt16BE(4);
  const scale = bytes.readUInt16BE(6);
  if (bytes.length !== 8 + count * 2 || (sign !== 0 && sign !== NEGATIVE) || weight > WEIGHT_MAX) return undefined;
  const digit = (index: number): string => {
    const value = index >= 0 && index < count ? bytes.readUInt16BE(8 + index * 2) : 0;
    return String(value).padStart(4, "0");
  };
  let whole = "";
  for (let index = 0; index <= weight; index++) whole += digit(index);
  let part = "";
  for (let index = weight + 1; part.length < scale; index++) part += digit(index);
  const text = whole.replace(/^0+(?=[0-9])/, "") || "0";
  return (sign === NEGATIVE ? "-" : "") + text + (scale === 0 ? "" : `.${part.slice(0, scale)}`);
}

/** The binary form of a decimal text as numericText gives it. */
export function numericBytes(text: string): Buffer {
  const negative = text.startsWith("-");
  const [whole = "", part = ""] = text.replace("-", "").split(".");
  const left = whole.padStart(Math.ceil(whole.length / 4) * 4, "0");
  const right = part.padEnd(Math.ceil(part.length / 4) * 4, "0");
  let groups = ((left + right).match(/.{4}/g) ?? []).map(Number);
  let weight = left.length / 4 - 1;
  while (groups.length > 0 && groups[0] === 0) {
    groups = groups.slice(1);
    weight -= 1;
  }
  while (groups.at(-1) === 0) groups.pop();
  const bytes = Buffer.alloc(8 + groups.length * 2);
  bytes.writeUInt16BE(groups.length, 0);
  bytes.writeInt16BE(groups.length === 0 ? 0 : weight, 2);
  bytes.writeUInt16BE(negative && groups.length > 0 ? NEGATIVE : 0, 4);
  bytes.writeUInt16BE(part.length, 6);
  for (const [index, group] of groups.entries()) bytes.writeUInt16BE(group, 8 + index * 2);
  return bytes;
}

const NEGATIVE = 0x4000;
/** Largest weight that is written out: more digits than that are no number that people know. */
const WEIGHT_MAX = 64;
