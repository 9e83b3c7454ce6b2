/**
 * Splits a command into coloured pieces. Pure, and only for the eye: the pieces joined are the text, character for
 * character, and nothing is decided by them. Characters that change how text is shown are made visible.
 */

export interface Piece {
  readonly kind: "keyword" | "string" | "number" | "comment" | "plain" | "hidden";
  /** What is shown. */
  readonly text: string;
}

export function highlight(command: string, isSql: boolean): readonly Piece[] {
  const pieces: Piece[] = [];
  const add = (kind: Piece["kind"], text: string): void => {
    for (const part of text.split(HIDDEN)) {
      if (part === "") continue;
      if (HIDDEN_WHOLE.test(part))
        pieces.push({ kind: "hidden", text: `\\u{${(part.codePointAt(0) ?? 0).toString(16)}}` });
      else pieces.push({ kind, text: part });
    }
  };
  if (!isSql) {
    add("plain", command);
    return pieces;
  }
  let plain = "";
  for (const match of command.matchAll(TOKEN)) {
    const [token] = match;
    const kind = kindOf(token);
    if (kind === "plain") {
      plain += token;
      continue;
    }
    add("plain", plain);
    plain = "";
    add(kind, token);
  }
  add("plain", plain);
  return pieces;
}

/** A name or a reason beside a command: what a screen hides or turns round is shown by its number. */
export function visible(text: string): string {
  return highlight(text, false)
    .map((piece) => piece.text)
    .join("");
}

function kindOf(token: string): Piece["kind"] {
  if (token.startsWith("--") || token.startsWith("/*")) return "comment";
  if (/^(?:[eEbBxXnN]|[uU]&)?'/.test(token) || token.startsWith("$") || token.startsWith('"')) return "string";
  if (/^\d/.test(token)) return "number";
  return KEYWORDS.has(token.toUpperCase()) ? "keyword" : "plain";
}

/** Comments, quoted texts, dollar quotes, words, numbers, and any other single character. */
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|(?:[eEbBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)|[A-Za-z_][\w$]*|\d[\d.]*|[\s\S]/gu;
/** Controls, direction marks, characters without width, unusual blanks, lone surrogates: as check runs show them. */
const HIDDEN = /((?![\n\t ])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Zs}\u115f\u1160\u3164\uffa0\ufe00-\ufe0f])/u;
const HIDDEN_WHOLE = new RegExp(`^${HIDDEN.source}$`, "u");
const KEYWORDS: ReadonlySet<string> = new Set(
  `ALTER ANALYZE AND AS ASC BEGIN BETWEEN BY CALL CASCADE CASE CAST COMMIT COPY CREATE CROSS DATABASE DECLARE DEFAULT DELETE DESC
DISTINCT DO DROP ELSE END EXCEPT EXECUTE EXISTS EXPLAIN EXTENSION FALSE FETCH FOR FROM FULL FUNCTION GRANT GROUP HAVING IF ILIKE IN INDEX
INNER INSERT INTERSECT INTO IS JOIN KEY LATERAL LEFT LIKE LIMIT LOCK MATERIALIZED MERGE NOT NULL OFFSET ON ONLY OR ORDER OUTER OVER PARTITION
PREPARE PRIMARY PROCEDURE REINDEX RENAME RESET RETURNING REVOKE RIGHT ROLE ROLLBACK SCHEMA SELECT SEQUENCE SET SHOW TABLE THEN TO TRIGGER TRUE
TRUNCATE UNION UNIQUE UPDATE USER USING VACUUM VALUES VIEW WHEN WHERE WINDOW WITH`.split(/\s+/),
);
