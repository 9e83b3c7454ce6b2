/**
 * Reads a psql script as psql does, as far as PostgreSQL's regression files need it: what is one message to the server,
 * which variables stand in it, and what the commands with a backslash do. Pure but for its own state.
 */
import { endOfToken } from "../../packages/sql/src/tokens.ts";

export interface ScriptStatement {
  readonly text: string;
  /** The backslash command that ended it, with its arguments: `\gset prefix`. */
  readonly sentBy?: string;
  /** Lines behind COPY … FROM STDIN, without the end mark. */
  readonly copyData: string;
}

export class PsqlScript {
  readonly #text: string;
  #at = 0;
  /** \if and its branches: false skips. */
  readonly #branches: { active: boolean; done: boolean }[] = [];
  readonly variables: Map<string, string>;
  /** Set by \quit, or by something that cannot be followed. */
  ended = false;

  constructor(text: string, variables: ReadonlyMap<string, string>) {
    this.#text = text;
    this.variables = new Map(variables);
  }

  /** The next message to the server; undefined at the end. */
  next(): ScriptStatement | undefined {
    let out = "";
    let depth = 0;
    let begins = 0;
    let words: string[] = [];
    while (!this.ended && this.#at < this.#text.length) {
      const from = this.#at;
      const first = this.#text[from] ?? "";
      if (first === "\\") {
        const command = this.#command();
        if (command === ";") {
          out += ";";
          continue;
        }
        const skipped = this.#branch(command);
        if (skipped || !this.#active) continue;
        if (/^g(?:set|exec|x|desc)?\b/.test(command) && out.trim() !== "") {
          return { text: out, sentBy: `\\${command}`, copyData: "" };
        }
        this.#run(command, () => {
          out = "";
        });
        continue;
      }
      const end = this.#interpolates(from) ?? endOfToken(this.#text, from);
      const token = this.#text.slice(from, end);
      this.#at = end;
      if (!this.#active) continue;
      if (token === "(" || token === "[") depth++;
      if (token === ")" || token === "]") depth--;
      const word = token.toLowerCase();
      if (/^[a-z]/.test(word)) {
        words.push(word);
        if (words.length > WORDS_KEPT) words = words.slice(0, WORDS_KEPT);
        const defines = words[0] === "create" && words.some((each) => each === "function" || each === "procedure");
        if (defines && word === "begin") begins++;
        if (begins > 0 && word === "case") begins++;
        if (begins > 0 && word === "end") begins--;
      }
      if (token === ";" && depth === 0 && begins === 0) {
        if (out.trim() === "") {
          out = "";
          words = [];
          continue;
        }
        return { text: out, copyData: this.#copyData(out) };
      }
      out += token.startsWith(":") && token.length > 1 ? this.#value(token) : token;
    }
    return undefined;
  }

  get #active(): boolean {
    return this.#branches.every((branch) => branch.active);
  }

  /** Where a variable that starts here ends: `:name`, `:'name'`, `:"name"`; not `::` and not `:=`. */
  #interpolates(at: number): number | undefined {
    VARIABLE.lastIndex = at;
    const match = this.#text[at - 1] === ":" ? null : VARIABLE.exec(this.#text);
    return match === null ? undefined : VARIABLE.lastIndex;
  }

  #value(token: string): string {
    const name = token.replace(/^:['"]?|['"]$/g, "");
    const value = this.variables.get(name);
    if (value === undefined) return token;
    if (token[1] === "'") return `'${value.replaceAll("'", "''")}'`;
    return token[1] === '"' ? `"${value.replaceAll('"', '""')}"` : value;
  }

  #command(): string {
    const end = this.#text.indexOf("\n", this.#at);
    const line = this.#text.slice(this.#at + 1, end < 0 ? this.#text.length : end);
    if (line.startsWith(";")) {
      this.#at += 2;
      return ";";
    }
    this.#at = end < 0 ? this.#text.length : end + 1;
    return line.trim();
  }

  /** @returns true when it was one of \if, \elif, \else, \endif. */
  #branch(command: string): boolean {
    const [word, ...rest] = command.split(/\s+/);
    const top = this.#branches.at(-1);
    const holds = (): boolean => {
      const value = rest.join(" ").replace(/^:\{\?(\w+)\}$/, (_all, name: string) => String(this.variables.has(name)));
      return /^(?:true|t|on|1|yes)$/i.test(value.startsWith(":") ? this.#value(value) : value);
    };
    if (word === "if") {
      const active = holds();
      this.#branches.push({ active, done: active });
    } else if (word === "elif" && top !== undefined) {
      top.active = !top.done && holds();
      top.done ||= top.active;
    } else if (word === "else" && top !== undefined) {
      top.active = !top.done;
      top.done = true;
    } else if (word === "endif") this.#branches.pop();
    else return false;
    return true;
  }

  #run(command: string, clear: () => void): void {
    const [word = "", ...rest] = command.split(/\s+/);
    const known = rest.map((each) => (each.startsWith(":") ? this.#value(each) : each.replace(/^'(.*)'$/, "$1")));
    if (word === "set") this.variables.set(known[0] ?? "", known.slice(1).join(""));
    if (word === "unset") this.variables.delete(known[0] ?? "");
    if (word === "getenv") this.variables.set(known[0] ?? "", this.variables.get(`env ${known[1] ?? ""}`) ?? "");
    if (word === "r" || word === "reset") clear();
    // Another connection, another encoding: what follows means something else.
    if (word === "q" || word === "quit" || word === "c" || word === "connect" || word === "encoding") this.ended = true;
  }

  #copyData(statement: string): string {
    if (!/^\s*copy\b[^]*\bfrom\s+stdin\b/i.test(statement)) return "";
    const start = this.#text.indexOf("\n", this.#at) + 1;
    const end = this.#text.indexOf("\n\\.", start - 1);
    if (start === 0 || end < 0) return "";
    this.#at = this.#text.indexOf("\n", end + 1) + 1 || this.#text.length;
    return end < start ? "" : this.#text.slice(start, end + 1);
  }
}

const VARIABLE = /:(?:'[A-Za-z_]\w*'|"[A-Za-z_]\w*"|[A-Za-z_]\w*)/y;
/** Words at the beginning of a statement that tell what it is. */
const WORDS_KEPT = 8;
