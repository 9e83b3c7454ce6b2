/**
 * Hostile text in GitHub-flavoured Markdown. Pure.
 *
 * A command's text is written by whoever ran it. In a summary it must neither leave its table cell, nor become HTML,
 * a link, an image, a mention or a workflow command.
 */

/** `value` as one table cell of plain text: every character that Markdown or HTML could read is an entity. */
export function cell(value: string, charsMax = CELL_CHARS_MAX): string {
  return escape(oneLine(value, charsMax));
}

/** `value` as code in a table cell. `<code>` and entities, because no number of backticks is safe in a cell. */
export function codeCell(value: string, charsMax = CELL_CHARS_MAX): string {
  return `<code>${escape(oneLine(value, charsMax))}</code>`;
}

/** One line without control characters, direction marks and the like, cut at `charsMax`. */
export function oneLine(value: string, charsMax: number): string {
  const line = value
    .replace(/\s+/gu, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "\u{FFFD}")
    .trim();
  const points = [...line.slice(0, charsMax * 2)];
  return points.length > charsMax || line.length > charsMax * 2 ? `${points.slice(0, charsMax).join("")}…` : line;
}

/** `_`, `(` and `!` stay, so that names can be searched for: inside a word, or without brackets, they mean nothing. */
function escape(line: string): string {
  return line.replace(/[^\p{L}\p{N} ._,;=+/%'"?!$^{}()…\u{FFFD}-]/gu, (character) => `&#${character.codePointAt(0)};`);
}

/** Characters of one cell. */
const CELL_CHARS_MAX = 300;
