/**
 * The paths into JSON documents that masks and matchers use: `$.customer.ssn`, `$.items[*].card`, `$..token`. Pure.
 * A subset of RFC 9535: `.name`, `['name']`, `[n]`, `[*]`, `.*`, and `..` before a name or bracket.
 */

export function isJsonPath(text: string): boolean {
  return text.length <= PATH_CHARS_MAX && JSON_PATH.test(text);
}

const NAME = "[A-Za-z_\\u0080-\\uffff][A-Za-z0-9_\\u0080-\\uffff-]*";
const BRACKET = String.raw`\[(?:\*|0|[1-9][0-9]{0,8}|'(?:[^'\\]|\\['\\])*'|"(?:[^"\\]|\\["\\])*")\]`;
const JSON_PATH = new RegExp(String.raw`^\$(?:\.\.?(?:\*|${NAME})|(?:\.\.)?${BRACKET}){1,30}$`);

/** Characters of one JSON path. */
const PATH_CHARS_MAX = 256;
