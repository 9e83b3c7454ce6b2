/**
 * The words of a command line as a POSIX shell would make them, or why they cannot be known beforehand. Pure.
 * IEEE Std 1003.1-2024, Shell Command Language §2.2 (quoting), §2.3 (tokens), §2.6 (expansions), §2.9.4 (subshells).
 *
 * Only what every POSIX-like login shell (sh, dash, bash, ksh, zsh) reads in the same way is resolved: literal words in
 * simple commands that are joined by `|`, `&&`, `||`, `;`, newlines and parentheses, and output thrown away. Whatever
 * depends on the target (variables, substitutions, file name patterns, other redirections, assignments, functions) is
 * named as a reason, never guessed. A literal text for `sh -c` is read in the same way: its commands count beside it.
 */

export interface CommandLine {
  /** Each simple command as its words; all of them when `reason` is absent, otherwise those that could be read. */
  readonly commands: readonly (readonly string[])[];
  /** Why the words are not all known; for people, holds nothing of the command. */
  readonly reason?: string;
}

export function parseCommandLine(text: string): CommandLine {
  return parse(text, 0);
}

function parse(text: string, depth: number): CommandLine {
  const reader = new Reader(text);
  try {
    reader.read();
  } catch (error) {
    if (!(error instanceof Unresolved)) throw error;
    return { commands: reader.commands, reason: error.message };
  }
  const commands: (readonly string[])[] = [];
  let reason: string | undefined;
  for (const words of reader.commands) {
    commands.push(words);
    const code = depth < SHELLS_MAX ? shellCode(words) : undefined;
    if (code === undefined) {
      reason ??= unresolvedWord(words);
      continue;
    }
    const inner = parse(code, depth + 1);
    commands.push(...inner.commands);
    reason ??= inner.reason;
  }
  if (commands.length > COMMANDS_MAX) reason ??= "the command line has too many commands";
  return reason === undefined ? { commands } : { commands, reason };
}

/** The text that a shell is given, where nothing but a shell runs it: `sh -c TEXT`, `sudo -n -u root sh -c TEXT`. */
function shellCode(words: readonly string[]): string | undefined {
  let at = 0;
  if (words[0] === "sudo" || words[0] === "/usr/bin/sudo") {
    at += 1;
    while (SUDO_FLAGS.has(words[at] ?? "")) at += 1;
    if (words[at] === "-u" && /^[A-Za-z_][\w-]*$/u.test(words[at + 1] ?? "")) at += 2;
  }
  const [shell = "", flag, code, ...more] = words.slice(at);
  if (!SHELLS.has(shell) || flag !== "-c" || code === undefined || more.length > 0) return undefined;
  // An option of the shell, not its code.
  return /^[-+]/u.test(code) ? undefined : code;
}

class Reader {
  readonly commands: string[][] = [];
  readonly #text: string;
  #at = 0;
  #words: string[] = [];
  #count = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): void {
    if (this.#text.length > COMMAND_CHARS_MAX) throw new Unresolved("the command line is too long to be read");
    if (/[\0-\x08\x0b-\x1f\x7f]|[^\S \t\n]/u.test(this.#text)) {
      throw new Unresolved("a control character or an unusual blank is in the command line");
    }
    for (;;) {
      this.#skipBlanks();
      const char = this.#text[this.#at];
      if (char === undefined) break;
      if (this.#thrownAway()) continue;
      if (SEPARATORS.includes(char)) this.#separator(char);
      else if (char === "(" && this.#begins()) this.#open();
      else if (char === ")" && this.#depth > 0) this.#close();
      else this.#word();
    }
    if (this.#depth > 0) throw new Unresolved("parentheses are not closed");
    // `a &&` and `a |` wait for more; `a ;` does not.
    if (this.#words.length === 0 && this.#joined) throw new Unresolved("the command line ends with an operator");
    this.#endCommand();
    if (this.commands.length === 0) throw new Unresolved("the command line is empty");
  }

  /** True after `|`, `&&` or `||`: a command must follow. */
  #joined = false;

  /** Parentheses that are open. */
  #depth = 0;
  /** True behind a closing one: what follows belongs to no command. */
  #closed = false;
  /** True when the command has a redirection already. */
  #redirected = false;

  /** Output that goes nowhere, or to the other output; input from nowhere. */
  #thrownAway(): boolean {
    THROWN_AWAY.lastIndex = this.#at;
    const found = THROWN_AWAY.exec(this.#text);
    if (found === null) return false;
    this.#at += found[0].length;
    this.#redirected = true;
    return true;
  }

  /** At the beginning of a command, where `(` opens a subshell. */
  #begins(): boolean {
    return this.#words.length === 0 && !this.#closed && !this.#redirected;
  }

  #open(): void {
    const next = this.#text[this.#at + 1];
    // `((` is arithmetic; in zsh a `(` right before a word may belong to it.
    if (next !== " " && next !== "\t" && next !== "\n") throw new Unresolved("parentheses are not resolved");
    this.#at += 1;
    this.#depth += 1;
    this.#joined = false;
    if (this.#depth > SUBSHELLS_MAX) throw new Unresolved("the command line has too many parentheses");
  }

  #close(): void {
    if (this.#words.length === 0 && !this.#closed) throw new Unresolved("parentheses are not resolved");
    this.#endCommand();
    this.#at += 1;
    this.#depth -= 1;
    this.#closed = true;
  }

  #separator(char: string): void {
    const next = this.#text[this.#at + 1];
    const two = char + (next ?? "");
    if (two === "&&" || two === "||") this.#at += 2;
    else if (two === ";;" || two === "|&") throw new Unresolved(`\`${two}\` is not resolved`);
    else if (char === "&") throw new Unresolved("a command in the background is not resolved");
    else this.#at += 1;
    if (char === "\n" && this.#words.length === 0 && !this.#closed && !this.#redirected) return;
    if (this.#words.length === 0 && !this.#closed) throw new Unresolved("an operator has no command before it");
    this.#endCommand();
    this.#joined = char === "|" || char === "&";
  }

  #endCommand(): void {
    const bare = this.#redirected && this.#words.length === 0 && !this.#closed;
    if (bare) throw new Unresolved("a redirection has no command");
    this.#closed = false;
    this.#redirected = false;
    if (this.#words.length === 0) return;
    this.commands.push(this.#words);
    if (this.commands.length > COMMANDS_MAX) throw new Unresolved("the command line has too many commands");
    this.#words = [];
  }

  #word(): void {
    if (this.#closed) throw new Unresolved("something follows a closed parenthesis");
    const start = this.#at;
    let word = "";
    let quoted = false;
    let braces = false;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || char === " " || char === "\t" || SEPARATORS.includes(char)) break;
      if (char === "'" || char === '"' || (char === "$" && this.#text[this.#at + 1] === "'")) quoted = true;
      if (char === "'") word += this.#single();
      else if (char === '"') word += this.#double();
      else if (char === "\\") {
        quoted = true;
        word += this.#escaped();
      } else if (char === "$" && this.#text[this.#at + 1] === "'") word += this.#dollarSingle();
      else {
        this.#checkBare(char, start);
        braces ||= char === "{";
        word += char;
        this.#at += 1;
      }
    }
    // Quotes elsewhere in the word change nothing: bash makes two words of `{a,b}''`.
    if (braces && (quoted || word !== "{}")) throw new Unresolved("braces are not resolved");
    // Continued lines are joined before anything is recognised: a keyword may be cut by one.
    if (this.#words.length === 0) this.#checkFirst(word, this.#text.slice(start, this.#at).replaceAll("\\\n", ""));
    this.#words.push(word);
    this.#count += 1;
    this.#joined = false;
    if (this.#count > WORDS_MAX) throw new Unresolved("the command line has too many words");
  }

  /** A character outside of quotes. */
  #checkBare(char: string, wordStart: number): void {
    if (char === "$" || char === "`") throw new Unresolved("variables and substitutions are not resolved");
    if (char === "<" || char === ">") throw new Unresolved("redirections and here-documents are not resolved");
    if (char === "(" || char === ")") throw new Unresolved("parentheses are not resolved");
    if (char === "*" || char === "?" || char === "[") throw new Unresolved("file name patterns are not resolved");
    let end = this.#at;
    while (end > wordStart && this.#text[end - 1] === "\n") end -= 2;
    const before = end <= wordStart ? "" : (this.#text[end - 1] ?? "");
    if (char === "~" && (before === "" || before === "=" || before === ":")) {
      throw new Unresolved("`~` is not resolved");
    }
    if (before !== "") return;
    if (char === "#") throw new Unresolved("a comment is in the command line");
    // zsh: `=name` is the path of a program.
    if (char === "=") throw new Unresolved("a word that begins with `=` is not resolved");
  }

  #checkFirst(word: string, raw: string): void {
    if (/^[A-Za-z_][A-Za-z0-9_]*(?:\+?=)/u.test(raw)) throw new Unresolved("assignments are not resolved");
    if (raw === word && RESERVED.has(word)) throw new Unresolved("the shell's own constructs are not resolved");
    if (word === "") throw new Unresolved("a command has no name");
  }

  #single(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end === -1) throw new Unresolved("a quote is not closed");
    const inside = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return inside;
  }

  #double(): string {
    let inside = "";
    this.#at += 1;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) throw new Unresolved("a quote is not closed");
      if (char === "`") {
        inside += this.#echoed();
        continue;
      }
      this.#at += 1;
      if (char === '"') return inside;
      if (char === "$" || char === "`") throw new Unresolved("variables and substitutions are not resolved");
      if (char !== "\\") {
        inside += char;
        continue;
      }
      const next = this.#text[this.#at];
      if (next === undefined) throw new Unresolved("a quote is not closed");
      this.#at += 1;
      if (next === "\n") continue;
      inside += '$`"\\'.includes(next) ? next : `\\${next}`;
    }
  }

  /** `` `echo /path` `` between double quotes is that path, whatever the target is; Ansible writes it so. */
  #echoed(): string {
    ECHO.lastIndex = this.#at;
    const found = ECHO.exec(this.#text);
    if (found === null) throw new Unresolved("variables and substitutions are not resolved");
    this.#at += found[0].length;
    return found[1] ?? "";
  }

  #escaped(): string {
    const next = this.#text[this.#at + 1];
    if (next === undefined) throw new Unresolved("the command line ends with a backslash");
    this.#at += 2;
    return next === "\n" ? "" : next;
  }

  /**
   * `$'…'`. Shells without it (dash before 0.5.13) read a `$` and a plain quote: as long as no quote is escaped, both
   * end in the same place; an escaped one is refused.
   */
  #dollarSingle(): string {
    const end = this.#text.indexOf("'", this.#at + 2);
    if (end === -1) throw new Unresolved("a quote is not closed");
    const inside = this.#text.slice(this.#at + 2, end);
    this.#at = end + 1;
    let word = "";
    for (let at = 0; at < inside.length; at += 1) {
      const char = inside[at] ?? "";
      if (char !== "\\") {
        word += char;
        continue;
      }
      at += 1;
      const known = ESCAPES.get(inside[at] ?? "");
      if (known !== undefined) {
        word += known;
        continue;
      }
      const hex = /^x([0-9a-fA-F]{2})(?![0-9a-fA-F])/u.exec(inside.slice(at))?.[1];
      const octal = /^([0-7]{3})/u.exec(inside.slice(at))?.[1];
      const code = hex === undefined ? Number.parseInt(octal ?? "", 8) : Number.parseInt(hex, 16);
      // Above 0x7f a byte is no character of its own; NUL ends the word in some shells.
      if (!(code > 0 && code < 0x80)) throw new Unresolved("an escape in `$'…'` is not resolved");
      word += String.fromCharCode(code);
      at += 2;
    }
    return word;
  }

  #skipBlanks(): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === " " || char === "\t") this.#at += 1;
      // A continued line is no word, not even an empty one.
      else if (char === "\\" && this.#text[this.#at + 1] === "\n") this.#at += 2;
      else return;
    }
  }
}

/** Thrown and caught in this file only. */
class Unresolved extends Error {}

function unresolvedWord(words: readonly string[]): string | undefined {
  // A pattern such as `/var/log/app/*` would also match `/var/log/app/../../shadow`.
  if (words.some((word) => /(?:^|[/=:,])\.\.(?:\/|$)/u.test(word))) return "a path with `..` is not resolved";
  return codeCarrier(words);
}

/**
 * Programs whose argument is a program of its own language: what runs is in that text, which nobody has parsed. Found
 * anywhere in the words, because `sudo`, `env`, `xargs`, `find -exec` and the like run what follows them.
 */
function codeCarrier(words: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    const name = word.slice(word.lastIndexOf("/") + 1).replace(/(?<=[a-z])[\d.]+$/u, "");
    if (index === 0 && BUILTINS.has(name)) return `\`${name}\` runs text that is not parsed`;
    const flag = CARRIERS.get(name);
    if (flag !== undefined && words.slice(index + 1).some((later) => flag.test(later))) {
      return `\`${name}\` is given code that is not parsed`;
    }
  }
  return undefined;
}

/** As a word of its own: behind a digit or a letter it would be part of another one. */
const THROWN_AWAY = /(?:[12]?>>?[ \t]*\/dev\/null|2>&1|1?>&2|<[ \t]*\/dev\/null)(?=[ \t\n;|]|&&|$)/uy;
const ECHO = /`[ \t]*echo[ \t]+(\/[A-Za-z0-9._/@%+=:,-]*)[ \t]*`/uy;
const SHELLS = new Set(["sh", "dash", "bash"].flatMap((name) => [name, `/bin/${name}`, `/usr/bin/${name}`]));
const SUDO_FLAGS = new Set(["-H", "-S", "-n", "-HS", "-Hn", "-HSn"]);
const SEPARATORS = ";|&\n";
const RESERVED = new Set(
  "! { } [[ if then else elif fi case esac for select while until do done in function time coproc".split(" "),
);
const BUILTINS = new Set(["eval", "source", ".", "trap", "alias"]);
const SHELL_FLAG = /^[-+][A-Za-z]*c|^--command/u;
const CARRIERS = new Map<string, RegExp>([
  ...["sh", "bash", "rbash", "dash", "ash", "zsh", "ksh", "mksh", "yash", "fish", "csh", "tcsh", "su", "runuser"].map(
    (name) => [name, SHELL_FLAG] as const,
  ),
  ...["python", "pypy", "ipython"].map((name) => [name, /^-[A-Za-z]*c/u] as const),
  ...["perl", "ruby", "lua", "luajit"].map((name) => [name, /^-[A-Za-z\d]*[eE]/u] as const),
  ...["node", "nodejs", "bun", "deno"].map((name) => [name, /^-[A-Za-z]*[ep]|^--(?:eval|print)|^eval$/u] as const),
  ["php", /^-[A-Za-z]*[rBRE]/u],
  // Their first operand is a program, with or without a flag.
  ...["awk", "gawk", "mawk", "nawk"].map((name) => [name, /./su] as const),
]);
const ESCAPES = new Map([
  ["\\", "\\"],
  ['"', '"'],
  ["a", "\x07"],
  ["b", "\b"],
  ["e", "\x1b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

/** Characters of a command line that is parsed; a longer one is not resolved. */
export const COMMAND_CHARS_MAX = 131_072;
/** Simple commands in one command line, with those of the texts that its shells are given. */
const COMMANDS_MAX = 64;
/** Shells inside of shells whose texts are read. */
const SHELLS_MAX = 4;
/** Parentheses inside of parentheses. */
const SUBSHELLS_MAX = 8;
/** Words in one command line. */
const WORDS_MAX = 4_096;
