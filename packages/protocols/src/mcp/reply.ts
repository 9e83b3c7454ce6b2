/** The client's side of one exchange: one JSON body, or a stream of events. Touches the response. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";

export class Reply {
  readonly #response: ServerResponse;
  /** Headers that go with whatever is answered. */
  readonly headers: Record<string, string> = {};
  #streams = false;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get started(): boolean {
    return this.#response.headersSent;
  }

  get streams(): boolean {
    return this.#streams;
  }

  get open(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** The head of a stream of events; nothing when it was sent before. */
  startEvents(): void {
    if (this.started || !this.open) return;
    this.#streams = true;
    this.#response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      ...this.headers,
    });
    this.#response.flushHeaders();
  }

  /** Resolves when there is room for more. */
  async write(bytes: string): Promise<void> {
    if (!this.open || this.#response.write(bytes)) return;
    await Promise.race([once(this.#response, "drain"), once(this.#response, "close")]).catch(() => undefined);
  }

  /** A message as an event of its own. */
  event(text: string, id?: string): Promise<void> {
    const data = text
      .split(/\r\n|\r|\n/)
      .map((line) => `data: ${line}\n`)
      .join("");
    return this.write(`event: message\n${id === undefined ? "" : `id: ${id}\n`}${data}\n`);
  }

  comment(): Promise<void> {
    return this.write(":\n\n");
  }

  /** The whole answer, unless one has begun. */
  json(status: number, text: string | undefined, more: Readonly<Record<string, string>> = {}): void {
    if (this.started || !this.open) return;
    const body = text === undefined ? undefined : Buffer.from(text);
    this.#response.writeHead(status, {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      "cache-control": "no-store",
      ...this.headers,
      ...more,
      "content-length": String(body?.length ?? 0),
    });
    this.#response.end(body);
  }

  /** The last message, in whatever form the answer has begun. */
  async last(text: string, status = 200): Promise<void> {
    if (!this.#streams) {
      this.json(status, text);
      return;
    }
    await this.event(text);
    this.end();
  }

  end(): void {
    if (this.open) this.#response.end();
  }

  /** No more requests are read from this connection. */
  closeAfter(): void {
    this.#response.shouldKeepAlive = false;
  }
}
