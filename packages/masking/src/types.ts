/** How PostgreSQL's types are masked: which family each belongs to, and what stands for "nothing" in it. Pure. */

export type Family =
  | "text"
  | "char"
  | "bool"
  | "int2"
  | "int4"
  | "int8"
  | "oid"
  | "float4"
  | "float8"
  | "numeric"
  | "money"
  | "uuid"
  | "date"
  | "time"
  | "timetz"
  | "timestamp"
  | "timestamptz"
  | "interval"
  | "json"
  | "jsonb"
  | "xml"
  | "bytea"
  | "inet"
  | "cidr"
  | "macaddr"
  | "macaddr8"
  | "bit"
  | "varbit"
  | "tsvector"
  | "range"
  | "multirange";

/** Family, OID of the type, OID of its array (pg_type.dat). A type that is not here is masked as NULL. */
const BUILT_IN: readonly (readonly [Family, number, number])[] = [
  ["bool", 16, 1000],
  ["bytea", 17, 1001],
  ["char", 18, 1002],
  ["text", 19, 1003],
  ["int8", 20, 1016],
  ["int2", 21, 1005],
  ["int4", 23, 1007],
  ["text", 25, 1009],
  ["oid", 26, 1028],
  ["json", 114, 199],
  ["xml", 142, 143],
  ["cidr", 650, 651],
  ["float4", 700, 1021],
  ["float8", 701, 1022],
  ["text", 705, 0],
  ["macaddr8", 774, 775],
  ["money", 790, 791],
  ["macaddr", 829, 1040],
  ["inet", 869, 1041],
  ["text", 1042, 1014],
  ["text", 1043, 1015],
  ["date", 1082, 1182],
  ["time", 1083, 1183],
  ["timestamp", 1114, 1115],
  ["timestamptz", 1184, 1185],
  ["interval", 1186, 1187],
  ["timetz", 1266, 1270],
  ["bit", 1560, 1561],
  ["varbit", 1562, 1563],
  ["numeric", 1700, 1231],
  ["text", 1790, 2201],
  ["uuid", 2950, 2951],
  ["tsvector", 3614, 3643],
  ["jsonb", 3802, 3807],
  ["range", 3904, 3905],
  ["range", 3906, 3907],
  ["range", 3908, 3909],
  ["range", 3910, 3911],
  ["range", 3912, 3913],
  ["range", 3926, 3927],
  ["multirange", 4451, 6150],
  ["multirange", 4532, 6151],
  ["multirange", 4533, 6152],
  ["multirange", 4534, 6153],
  ["multirange", 4535, 6155],
  ["multirange", 4536, 6157],
];

export const FAMILIES: ReadonlyMap<number, Family> = new Map(BUILT_IN.map(([family, oid]) => [oid, family]));

/** OID of the element's type by OID of the array's. */
export const ELEMENTS: ReadonlyMap<number, number> = new Map(
  BUILT_IN.flatMap(([, oid, array]): [number, number][] => (array === 0 ? [] : [[array, oid]])),
);

export const REDACTED = "[redacted]";

/** The text form and the binary form of each family's constant; of `text` and `bit` see constantOf. */
const CONSTANTS: Readonly<Record<Family, readonly [Buffer, Buffer]>> = {
  text: both(REDACTED),
  char: both("?"),
  bool: [Buffer.from("f"), Buffer.from([0])],
  int2: [Buffer.from("0"), Buffer.alloc(2)],
  int4: [Buffer.from("0"), Buffer.alloc(4)],
  int8: [Buffer.from("0"), Buffer.alloc(8)],
  oid: [Buffer.from("0"), Buffer.alloc(4)],
  float4: [Buffer.from("0"), Buffer.alloc(4)],
  float8: [Buffer.from("0"), Buffer.alloc(8)],
  // No digits, weight 0, positive, scale 0.
  numeric: [Buffer.from("0"), Buffer.alloc(8)],
  // Without a currency sign or a point it is money in every locale.
  money: [Buffer.from("0"), Buffer.alloc(8)],
  uuid: [Buffer.from("00000000-0000-0000-0000-000000000000"), Buffer.alloc(16)],
  // Days and microseconds count from 2000-01-01.
  date: [Buffer.from("1970-01-01"), int32(-10_957)],
  time: [Buffer.from("00:00:00"), Buffer.alloc(8)],
  timetz: [Buffer.from("00:00:00+00"), Buffer.alloc(12)],
  timestamp: [Buffer.from("1970-01-01 00:00:00"), int64(-946_684_800_000_000n)],
  timestamptz: [Buffer.from("1970-01-01 00:00:00+00"), int64(-946_684_800_000_000n)],
  interval: [Buffer.from("00:00:00"), Buffer.alloc(16)],
  json: both(`"${REDACTED}"`),
  jsonb: [Buffer.from(`"${REDACTED}"`), Buffer.from(`\u0001"${REDACTED}"`)],
  xml: both("<redacted/>"),
  bytea: [Buffer.from("\\x"), Buffer.alloc(0)],
  // Family 2 (IPv4), prefix length, is it a network, address length, address.
  inet: [Buffer.from("0.0.0.0"), Buffer.from([2, 32, 0, 4, 0, 0, 0, 0])],
  cidr: [Buffer.from("0.0.0.0/32"), Buffer.from([2, 32, 1, 4, 0, 0, 0, 0])],
  macaddr: [Buffer.from("00:00:00:00:00:00"), Buffer.alloc(6)],
  macaddr8: [Buffer.from("00:00:00:00:00:00:00:00"), Buffer.alloc(8)],
  bit: [Buffer.from("0"), Buffer.from([0, 0, 0, 1, 0])],
  varbit: [Buffer.from(""), Buffer.alloc(4)],
  tsvector: [Buffer.from(""), Buffer.alloc(4)],
  range: [Buffer.from("empty"), Buffer.from([1])],
  multirange: [Buffer.from("{}"), Buffer.alloc(4)],
};

/** What a type's modifier says about its size: characters of varchar(n) and char(n), bits of bit(n); undefined: none. */
export function sizeOf(typeOid: number, typmod: number): number | undefined {
  if (typmod < 0) return undefined;
  if (typeOid === 1042 || typeOid === 1043) return typmod - 4;
  if (typeOid === 1560 || typeOid === 1562) return typmod;
  // name holds 63 bytes.
  return undefined;
}

export function constantOf(family: Family, format: 0 | 1, size: number | undefined): Buffer {
  if (size !== undefined && family === "text" && size < REDACTED.length) return Buffer.from(REDACTED.slice(0, size));
  if (size !== undefined && family === "bit") {
    if (format === 0) return Buffer.alloc(size, "0");
    const bytes = Buffer.alloc(4 + Math.ceil(size / 8));
    bytes.writeInt32BE(size);
    return bytes;
  }
  return CONSTANTS[family][format];
}

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
