/**
 * A command as people read it before they answer, elsewhere than on our own pages: what a screen hides or turns round
 * is shown by its number, and what does not fit is said to be missing. Pure.
 */

export interface Shown {
  readonly text: string;
  /** False: nobody can judge the command by this text alone, so no button to approve it may stand beside it. */
  readonly whole: boolean;
}

export function shownCommand(command: string, charsMax: number): Shown {
  const text = visible(command.slice(0, charsMax));
  return text.length > charsMax || command.length > charsMax
    ? { text: text.slice(0, charsMax), whole: false }
    : { text, whole: true };
}

/** Line feeds and tabs stay. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Controls, direction marks, characters without width, unusual blanks, lone surrogates. */
const HIDDEN = /(?![\n\t ])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Zs}\u115f\u1160\u3164\uffa0\ufe00-\ufe0f]/gu;
