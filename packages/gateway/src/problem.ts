/** Errors of the HTTP API: RFC 9457 problem details, with OAuth's members where RFC 6749 §5.2 wants them. Pure. */

export class Problem extends Error {
  readonly status: number;
  /** Stable, lower case; tools decide on it. */
  readonly code: string;
  readonly detail: string;
  /** RFC 6749 / RFC 9449 `error`. */
  readonly oauthError?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Base64url: what the client behind a refused tunnel is to read. */
  readonly refusal?: string;

  constructor(
    status: number,
    code: string,
    detail: string,
    more: {
      readonly oauthError?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly refusal?: string;
    } = {},
  ) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.detail = detail;
    if (more.oauthError !== undefined) this.oauthError = more.oauthError;
    if (more.refusal !== undefined) this.refusal = more.refusal;
    this.headers = more.headers ?? {};
  }

  body(): Readonly<Record<string, string | number>> {
    return {
      type: `urn:gate:problem:${this.code}`,
      title: this.code.replaceAll("_", " "),
      status: this.status,
      detail: this.detail,
      code: this.code,
      ...(this.refusal === undefined ? {} : { refusal: this.refusal }),
      ...(this.oauthError === undefined ? {} : { error: this.oauthError, error_description: this.detail }),
    };
  }
}

export const PROBLEM_TYPE = "application/problem+json";
