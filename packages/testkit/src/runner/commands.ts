/**
 * What a step writes to its output: workflow commands, masks, annotations. Pure.
 *
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 * The real runner also masks base64 and JSON forms of a secret. The double does not: what it masks is surely masked.
 */

/** Annotations of one type that a step can leave. */
export const ANNOTATIONS_MAX = 10;
/** Characters of an annotation's message; more is cut. */
export const ANNOTATION_CHARS_MAX = 4096;

export interface Annotation {
  readonly level: "error" | "warning" | "notice";
  readonly message: string;
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
}

/** The job's masks: they work on lines that come after them, as on the real runner. */
export class Masks {
  readonly #values = new Set<string>();

  /** Masks a value and each of its lines. */
  add(value: string): void {
    for (const one of [value, ...value.split(/\r?\n/u)]) {
      if (one.trim() !== "") this.#values.add(one);
    }
  }

  apply(text: string): string {
    let masked = text;
    for (const value of [...this.#values].sort((a, b) => b.length - a.length)) {
      masked = masked.replaceAll(value, "***");
    }
    return masked;
  }

  /** Whether the text holds a masked value. */
  covers(text: string): boolean {
    return [...this.#values].some((value) => text.includes(value));
  }
}

/** Reads one step's output line by line. */
export class OutputReader {
  readonly annotations: Annotation[] = [];
  readonly lines: string[] = [];
  readonly #masks: Masks;
  readonly #onLine: (line: string) => void;
  #stopToken: string | undefined;

  constructor(masks: Masks, onLine: (line: string) => void) {
    this.#masks = masks;
    this.#onLine = onLine;
  }

  read(line: string): void {
    const command = parseCommand(line);
    if (this.#stopToken !== undefined) {
      if (command?.name === this.#stopToken) this.#stopToken = undefined;
      this.print(line);
      return;
    }
    if (command === undefined) {
      this.print(line);
      return;
    }
    switch (command.name) {
      case "add-mask":
        if (command.message.trim() === "")
          this.annotate({
            level: "warning",
            message: "Can't add secret mask for empty string in ##[add-mask] command.",
          });
        else this.#masks.add(command.message);
        return;
      case "error":
      case "warning":
      case "notice": {
        const { title, file, line: at } = command.properties;
        this.annotate({
          level: command.name,
          message: command.message,
          ...(title === undefined ? {} : { title }),
          ...(file === undefined ? {} : { file }),
          ...(at === undefined ? {} : { line: Number(at) }),
        });
        return;
      }
      case "debug":
        // Shown only where ACTIONS_STEP_DEBUG is set, which this double never does.
        return;
      case "group":
        this.print(`##[group]${command.message}`);
        return;
      case "endgroup":
        this.print("##[endgroup]");
        return;
      case "stop-commands":
        this.#stopToken = command.message;
        this.print(line);
        return;
      case "echo":
      case "add-matcher":
      case "remove-matcher":
        return;
      default:
        this.print(line);
    }
  }

  /** Adds an annotation and its line in the log; past the limit the line stays and the annotation is lost. */
  annotate(annotation: Annotation): void {
    this.print(`##[${annotation.level}]${annotation.message}`);
    if (this.annotations.filter((one) => one.level === annotation.level).length >= ANNOTATIONS_MAX) return;
    const message = this.#masks.apply(annotation.message).slice(0, ANNOTATION_CHARS_MAX);
    const title = annotation.title === undefined ? {} : { title: this.#masks.apply(annotation.title) };
    this.annotations.push({ ...annotation, message, ...title });
  }

  print(line: string): void {
    const masked = this.#masks.apply(line);
    this.lines.push(masked);
    this.#onLine(masked);
  }
}

export interface WorkflowCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string | undefined>>;
  readonly message: string;
}

/** Reads `::name key=value,key=value::message`; undefined when the line is no command. */
export function parseCommand(line: string): WorkflowCommand | undefined {
  const match = /^\s*::(?<name>[^\s:]+)(?:\s+(?<properties>.*?))?::(?<message>.*)$/su.exec(line);
  if (match?.groups === undefined) return undefined;
  const properties: Record<string, string> = {};
  for (const pair of (match.groups["properties"] ?? "").split(",")) {
    const [key, ...rest] = pair.split("=");
    const name = key?.trim() ?? "";
    if (name !== "" && rest.length > 0) properties[name] = unescape(rest.join("="), true);
  }
  return { name: match.groups["name"] ?? "", properties, message: unescape(match.groups["message"] ?? "", false) };
}

function unescape(text: string, property: boolean): string {
  const some = text.replaceAll("%0D", "\r").replaceAll("%0A", "\n");
  const more = property ? some.replaceAll("%3A", ":").replaceAll("%2C", ",") : some;
  return more.replaceAll("%25", "%");
}
