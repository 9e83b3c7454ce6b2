/**
 * Where a text stands: what detectors may conclude from its surroundings. Pure.
 *
 * Names can turn a weak pattern on everywhere. They can turn one off only where the text comes from a known stored
 * column: that name is the catalogue's, which no alias, expression or renamed key of a request changes.
 */

/** What a column's values have looked like so far, in the order of its rows: the same however the bytes arrive. */
export interface ColumnProfile {
  /** Values that were nothing but 13 to 19 digits. */
  digits: number;
  /** Those of them that could be card numbers. */
  cards: number;
}

export interface Place {
  /** `schema.table.column` of a stored column; undefined for expressions, bodies and texts. */
  readonly column?: string | undefined;
  /** Name of the column as the client sees it, or key of the member. */
  readonly name?: string | undefined;
  readonly profile?: ColumnProfile | undefined;
  /** A command made it, so that it could ask for the token of any value: keyed actions become `redact`. */
  readonly computed?: boolean;
}

/** Does a name around the text speak for this kind of value? */
export function speaksFor(place: Place, words: ReadonlySet<string>): boolean {
  return has(place.name, words) || has(lastPart(place.column), words);
}

/** Does the stored column's own name speak for an identifier, and for nothing sensitive? */
export function isIdentifier(place: Place): boolean {
  const name = lastPart(place.column);
  return name !== undefined && has(name, IDENTIFIERS) && !has(name, SENSITIVE);
}

/** In a stored column: is the value announced as an identifier (`order 4111…`)? */
export function announcedAsIdentifier(place: Place, text: string, start: number): boolean {
  if (place.column === undefined) return false;
  const before = /([A-Za-z]{2,20})[ #:=._-]{0,3}$/.exec(text.slice(Math.max(0, start - 24), start));
  return before?.[1] !== undefined && IDENTIFIERS.has(before[1].toLowerCase());
}

export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

function has(name: string | undefined, words: ReadonlySet<string>): boolean {
  return name !== undefined && wordsOf(name).some((word) => words.has(word) || words.has(word.replace(/s$/, "")));
}

function lastPart(column: string | undefined): string | undefined {
  return column?.slice(column.lastIndexOf(".") + 1);
}

/** Words of names that hold numbers or texts of the program's own making. */
const IDENTIFIERS: ReadonlySet<string> = new Set(
  (
    "id uid guid uuid order invoice ref reference tracking shipment parcel serial imei iccid meid sku ean upc isbn gtin " +
    "barcode epoch ts timestamp hash sha sha1 sha256 md5 digest checksum etag version ver release build commit rev " +
    "revision seq sequence batch lot part ticket case snowflake nonce trace span request job run part"
  ).split(" "),
);

/** Words that make a name sensitive whatever else it says (`card_id`). */
const SENSITIVE: ReadonlySet<string> = new Set(
  "card cards cc pan credit debit payment iban account acct bank ssn social security tax mail email phone tel mobile ip addr address secret token key".split(
    " ",
  ),
);
