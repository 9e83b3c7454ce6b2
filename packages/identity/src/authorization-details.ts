/** The grants that an exchange asks for, as RFC 9396 authorization details of the one type `gate_grant`. Pure. */
import { IdentityError } from "./errors.ts";

/** Bytes of the authorization_details parameter. */
export const AUTHORIZATION_DETAILS_BYTES_MAX = 8 * 1024;
/** Grants in one request. */
export const AUTHORIZATION_DETAILS_MAX = 64;

/**
 * The names of the grants asked for, without repetition, in the order asked.
 * @param text the parameter's value; undefined asks for all that is allowed
 * @throws {IdentityError} AUTHORIZATION_DETAILS_INVALID; GRANT_UNKNOWN for a grant that is not among `allowed`
 */
export function parseAuthorizationDetails(text: string | undefined, allowed: readonly string[]): readonly string[] {
  if (text === undefined) return [...allowed];
  if (text.length > AUTHORIZATION_DETAILS_BYTES_MAX) throw invalid(`is over ${AUTHORIZATION_DETAILS_BYTES_MAX} bytes`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalid("is not JSON");
  }
  if (!Array.isArray(parsed) || parsed.length === 0) throw invalid("must be a JSON array with at least one member");
  if (parsed.length > AUTHORIZATION_DETAILS_MAX) throw invalid(`has over ${AUTHORIZATION_DETAILS_MAX} members`);
  const names = new Set<string>();
  for (const detail of parsed as readonly unknown[]) names.add(readDetail(detail));
  for (const name of names) {
    if (allowed.includes(name)) continue;
    throw new IdentityError(
      "GRANT_UNKNOWN",
      `grant ${JSON.stringify(name.slice(0, 100))} is not given by the trust rule; it gives ${allowed.join(", ") || "none"}`,
    );
  }
  return [...names];
}

/** The request's parameter for these grants. */
export function formatAuthorizationDetails(grants: readonly string[]): string {
  return JSON.stringify(grants.map((grant) => ({ type: "gate_grant", grant })));
}

function readDetail(detail: unknown): string {
  if (detail === null || typeof detail !== "object" || Array.isArray(detail))
    throw invalid("has a member that is no object");
  const members = detail as Record<string, unknown>;
  for (const key of Object.keys(members)) {
    if (key !== "type" && key !== "grant") throw invalid("has a member with a key other than type and grant");
  }
  if (!Object.hasOwn(members, "type") || members["type"] !== "gate_grant")
    throw invalid('knows only the type "gate_grant"');
  const grant = Object.hasOwn(members, "grant") ? members["grant"] : undefined;
  if (typeof grant !== "string" || grant === "") throw invalid("has a gate_grant without a grant name");
  return grant;
}

function invalid(what: string): IdentityError {
  return new IdentityError("AUTHORIZATION_DETAILS_INVALID", `authorization_details ${what}`);
}
