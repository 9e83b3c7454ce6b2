/**
 * The literals by which the scan recognises keys and tokens: every pattern of detectors/secret.ts has one of them
 * inside each of its matches. Three or four characters each; the first three decide the first, coarse look. Pure.
 */
export const LITERALS: readonly string[] = [
  // Escapes of ASCII characters in JSON, behind which anything may hide.
  "\\u00",
  // jwt
  "eyJ",
  // private_key
  "-BEG",
  "PuTT",
  "AGE-",
  // aws_key
  "AKIA",
  "ASIA",
  "ABIA",
  "ACCA",
  ...["aws", "AWS", "Aws"].flatMap((name) => ["_", " ", "s", "S"].map((next) => name + next)),
  // github_token
  ...[..."pousr"].map((letter) => `gh${letter}_`),
  "_pat",
  // gitlab_token
  ...["glpa", "gloa", "gldt", "glrt", "glcb", "glpt", "glft", "glim", "glag", "glso", "glff", "GR13"],
  // slack_token
  "xox",
  "xapp",
  "ks.s",
  // stripe_key
  ...["sk_l", "sk_t", "rk_l", "rk_t", "whse"],
  // google_key
  ...["AIza", "GOCS", "ya29"],
  // anthropic_key, openai_key
  "sk-",
];

/** Six tables of 16 bytes: which of eight buckets allow a low and a high half of the first, second and third byte. */
export function nibbleTables(literals: readonly string[]): Uint8Array {
  const tables = new Uint8Array(96);
  const buckets = new Map<string, number>();
  for (const literal of literals) {
    // Literals with a common beginning share a bucket, so that the coarse look stays sharp.
    const family = literal.slice(0, 2);
    const bucket = buckets.get(family) ?? buckets.size % 8;
    buckets.set(family, bucket);
    for (let at = 0; at < 3; at++) {
      const byte = literal.charCodeAt(at);
      const [low, high] = [at * 32 + (byte & 15), at * 32 + 16 + (byte >> 4)];
      tables[low] = (tables[low] as number) | (1 << bucket);
      tables[high] = (tables[high] as number) | (1 << bucket);
    }
  }
  return tables;
}

/** Entries of two words in little-endian order: value and mask. */
export function literalTable(literals: readonly string[]): Uint8Array {
  const table = new DataView(new ArrayBuffer(literals.length * 8));
  for (const [index, literal] of literals.entries()) {
    for (let at = 0; at < literal.length; at++) {
      table.setUint8(index * 8 + at, literal.charCodeAt(at));
      table.setUint8(index * 8 + 4 + at, 0xff);
    }
  }
  return new Uint8Array(table.buffer);
}
