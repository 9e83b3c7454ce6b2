/**
 * What a signed assertion says, by the rules of the Web Browser SSO profile (SAML 2.0 Profiles §4.1.4.2 and §4.1.4.3).
 * The library checks signature, audience and times, but takes the request's id from the response around the assertion,
 * which nobody signed: whoever holds a stranger's assertion could put it in an envelope of their own. Pure.
 */
import { LoginError } from "./errors.ts";
import { text } from "./oidc.ts";

export interface ExpectedAssertion {
  /** The id of the request that this must answer. */
  readonly requestId: string;
  /** Our address for answers. */
  readonly recipient: string;
  readonly nowMs: number;
  readonly skewMs: number;
}

export interface ReadAssertion {
  readonly id: string;
  readonly issuer: string;
  readonly nameId: string;
  /** When the provider wants its person to sign in again; undefined: it does not say. */
  readonly endsMs: number | undefined;
}

/**
 * @param assertion what was signed, as xml2js reads it: elements are lists of `{$: attributes, _: text}`
 * @throws {LoginError} LOGIN_REFUSED
 */
export function readAssertion(assertion: unknown, expected: ExpectedAssertion): ReadAssertion {
  const id = text(attribute(assertion, "ID"));
  const issuer = text(member(children(assertion, "Issuer")[0], "_"));
  const [subject, ...more] = children(assertion, "Subject");
  const nameId = text(member(children(subject, "NameID")[0], "_"));
  if (more.length > 0 || id === undefined || issuer === undefined || nameId === undefined) {
    throw new LoginError("LOGIN_REFUSED", "the identity provider's answer names nobody");
  }
  const confirmations = children(subject, "SubjectConfirmation");
  if (!confirmations.some((confirmation) => isBearerOf(confirmation, expected))) {
    throw new LoginError("LOGIN_REFUSED", "the identity provider's assertion was not made for this sign-in");
  }
  const statements = children(assertion, "AuthnStatement");
  const ends = statements.flatMap((statement) => attribute(statement, "SessionNotOnOrAfter") ?? []).map(instant);
  const endsMs = ends.length === 0 ? undefined : Math.min(...ends);
  if (statements.length === 0 || (endsMs !== undefined && !(expected.nowMs < endsMs))) {
    throw new LoginError("LOGIN_REFUSED", "the person is not signed in at the identity provider any more");
  }
  return { id, issuer, nameId, endsMs };
}

function isBearerOf(confirmation: unknown, { requestId, recipient, nowMs, skewMs }: ExpectedAssertion): boolean {
  const [data] = children(confirmation, "SubjectConfirmationData");
  return (
    attribute(confirmation, "Method") === "urn:oasis:names:tc:SAML:2.0:cm:bearer" &&
    attribute(data, "Recipient") === recipient &&
    attribute(data, "InResponseTo") === requestId &&
    nowMs - skewMs < instant(attribute(data, "NotOnOrAfter"))
  );
}

/** Milliseconds; NaN, of which no comparison is true, for what is no time. */
function instant(value: unknown): number {
  return typeof value === "string" ? Date.parse(value) : Number.NaN;
}

function children(element: unknown, name: string): readonly unknown[] {
  const found = member(element, name);
  return Array.isArray(found) ? found : [];
}

function attribute(element: unknown, name: string): unknown {
  return member(member(element, "$"), name);
}

function member(value: unknown, name: string): unknown {
  return value !== null && typeof value === "object" && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
