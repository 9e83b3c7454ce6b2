/** As much of a browser as signing in needs: cookies by host, redirects, SameSite=Lax for posts from another site. */
import { request as httpRequest } from "node:http";

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

export interface VisitOptions {
  readonly method?: "GET" | "POST";
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body other than a form. */
  readonly body?: string;
  /** The request was caused by a page of another site: a POST then carries no Lax cookies. */
  readonly crossSite?: boolean;
  /** How many redirects to follow; default 10. */
  readonly follow?: number;
}

export class Browser {
  /** By host and name. */
  readonly #cookies = new Map<string, Map<string, string>>();

  cookie(url: string, name: string): string | undefined {
    return this.#cookies.get(new URL(url).host)?.get(name);
  }

  setCookie(url: string, name: string, value: string): void {
    const { host } = new URL(url);
    this.#cookies.set(host, (this.#cookies.get(host) ?? new Map<string, string>()).set(name, value));
  }

  async visit(url: string, options: VisitOptions = {}): Promise<Page> {
    let page = await this.#send(url, options);
    for (let left = options.follow ?? 10; left > 0 && page.status >= 300 && page.status < 400; left--) {
      page = await this.#send(new URL(String(page.headers["location"]), page.url).href, {});
    }
    return page;
  }

  #send(url: string, options: VisitOptions): Promise<Page> {
    const target = new URL(url);
    const body = options.form === undefined ? options.body : new URLSearchParams(options.form).toString();
    const method = options.method ?? (body === undefined ? "GET" : "POST");
    const jar = this.#cookies.get(target.host) ?? new Map<string, string>();
    const withCookies = jar.size > 0 && !(options.crossSite === true && method === "POST");
    const headers = {
      ...(withCookies ? { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") } : {}),
      ...(options.form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      ...options.headers,
    };
    return new Promise((resolve, reject) => {
      const request = httpRequest(target, { method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          for (const line of response.headers["set-cookie"] ?? []) {
            const [pair = "", ...attributes] = line.split(";");
            const name = pair.slice(0, pair.indexOf("="));
            if (attributes.some((attribute) => attribute.trim() === "Max-Age=0")) jar.delete(name);
            else jar.set(name, pair.slice(name.length + 1));
          }
          this.#cookies.set(target.host, jar);
          const text = Buffer.concat(chunks).toString();
          resolve({ url, status: response.statusCode ?? 0, headers: response.headers, text });
        });
      });
      request.once("error", reject);
      request.end(body);
    });
  }
}
