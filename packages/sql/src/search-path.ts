/** The value of search_path, as SHOW prints it and as functions store it. Pure. */

/**
 * Reads identifiers between commas, folded to lower case unless quoted.
 * @returns undefined for anything else: then nobody knows the path.
 */
export function parseSearchPath(value: string): readonly string[] | undefined {
  const names: string[] = [];
  let rest = value.trim();
  if (rest === "" || rest === '""') return [];
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"\s*/.exec(rest);
    const plain = quoted === null ? /^([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)\s*/.exec(rest) : null;
    const match = quoted ?? plain;
    if (match?.[1] === undefined) return undefined;
    names.push(quoted === null ? match[1].toLowerCase() : match[1].replaceAll('""', '"'));
    rest = rest.slice(match[0].length);
    if (rest === "") return names;
    if (!rest.startsWith(",")) return undefined;
    rest = rest.slice(1).trimStart();
  }
}
