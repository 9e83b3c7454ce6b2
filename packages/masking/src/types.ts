/** How PostgreSQL's types are masked: which family each belongs to, and what stands for "nothing" in it. Pure. */

export type Family =
  | "text"
  | "char"
  | "bool"
  | "int2"
  | "int4"
  | "int8"
  | "float4"
  | "float8"
  | "numeric"
  | "uuid"
  | "date"
  | "timestamp"
  | "timestamptz"
  | "json"
  | "jsonb"
  | "bytea";

/** By OID of the built-in type (pg_type.dat); a type that is not here is masked as NULL. */
export const FAMILIES: ReadonlyMap<number, Family> = new Map<number, Family>([
  [16, "bool"],
  [17, "bytea"],
  [18, "char"],
  [19, "text"],
  [20, "int8"],
  [21, "int2"],
  [23, "int4"],
  [25, "text"],
  [114, "json"],
  [700, "float4"],
  [701, "float8"],
  [705, "text"],
  [1042, "text"],
  [1043, "text"],
  [1082, "date"],
  [1114, "timestamp"],
  [1184, "timestamptz"],
  [1700, "numeric"],
  [2950, "uuid"],
  [3802, "jsonb"],
]);

export const REDACTED = "[redacted]";

/** The text form and the binary form of each family's constant. */
export const CONSTANTS: Readonly<Record<Family, readonly [Buffer, Buffer]>> = {
  text: both(REDACTED),
  char: both("?"),
  bool: [Buffer.from("f"), Buffer.from([0])],
  int2: [Buffer.from("0"), Buffer.alloc(2)],
  int4: [Buffer.from("0"), Buffer.alloc(4)],
  int8: [Buffer.from("0"), Buffer.alloc(8)],
  float4: [Buffer.from("0"), Buffer.alloc(4)],
  float8: [Buffer.from("0"), Buffer.alloc(8)],
  // No digits, weight 0, positive, scale 0.
  numeric: [Buffer.from("0"), Buffer.alloc(8)],
  uuid: [Buffer.from("00000000-0000-0000-0000-000000000000"), Buffer.alloc(16)],
  // Days and microseconds count from 2000-01-01.
  date: [Buffer.from("1970-01-01"), int32(-10_957)],
  timestamp: [Buffer.from("1970-01-01 00:00:00"), int64(-946_684_800_000_000n)],
  timestamptz: [Buffer.from("1970-01-01 00:00:00+00"), int64(-946_684_800_000_000n)],
  json: both(`"${REDACTED}"`),
  jsonb: [Buffer.from(`"${REDACTED}"`), Buffer.from(`\u0001"${REDACTED}"`)],
  bytea: [Buffer.from("\\x"), Buffer.alloc(0)],
};

function both(value: string): readonly [Buffer, Buffer] {
  return [Buffer.from(value), Buffer.from(value)];
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
