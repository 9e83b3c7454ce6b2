/**
 * What of a SAML answer is refused by its text alone, before any XML library sees it: what is too large or has too many
 * parts, defines entities, is read leniently, or uses algorithms that are not known as good. Pure.
 */
import { LoginError } from "./errors.ts";

/** Characters of a base64 SAMLResponse. */
export const RESPONSE_CHARS_MAX = 512 * 1024;
/**
 * Tags, comments and the like of a SAMLResponse, and its namespaces: 1,000 groups and what stands around them. The
 * libraries' time grows with the square of it, and anybody can send one: half a megabyte took minutes.
 */
export const TAGS_MAX = 2_500;
/** Attributes of a SAMLResponse. */
export const ATTRIBUTES_MAX = 5_000;

/**
 * @param response the form's SAMLResponse
 * @throws {LoginError} LOGIN_REFUSED
 */
export function assertPlain(response: string): void {
  if (response.length > RESPONSE_CHARS_MAX || !/^[A-Za-z0-9+/=\s]+$/.test(response)) {
    throw refused("is too large, or not base64");
  }
  const xml = Buffer.from(response, "base64").toString("utf8");
  if (/<!DOCTYPE|<!ENTITY/iu.test(xml)) throw refused("defines XML entities");
  const isLarge = countOf(xml, "<") > TAGS_MAX || countOf(xml, "xmlns") > TAGS_MAX;
  if (isLarge || countOf(xml, "=") > ATTRIBUTES_MAX || /PrefixList[^>]{300}/u.test(xml)) {
    throw refused("has too many parts: let it send fewer groups");
  }
  if (xml.replace(TOKENS, "") !== "") throw refused("is not well-formed XML");
  // A list of what is good, by the text: a library decodes `sha&#49;`, and takes its algorithms from anywhere in a signature.
  for (const [, , uri = ""] of xml.matchAll(/(?<![\w.-])Algorithm\s*=(?:\s*(["'])([^"'<&]*)\1)?/gu)) {
    if (ALGORITHMS.has(uri)) continue;
    const what = uri.endsWith("sha1") ? "SHA-1" : "an algorithm that is not taken here";
    throw refused(`uses ${what}: let it use RSA with SHA-256, and no encryption`);
  }
}

function refused(why: string): LoginError {
  return new LoginError("LOGIN_REFUSED", `the identity provider's answer ${why}`);
}

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count += 1;
  return count;
}

const NAME = String.raw`[\p{L}_][\p{L}\p{N}_.:-]*`;
/** One after the other, all that a document can consist of here. Attributes without quotes or values are no XML. */
const TOKENS = new RegExp(
  [
    "[^<]+",
    String.raw`<!--(?:(?!--)[^])*-->`,
    String.raw`<!\[CDATA\[[^]*?\]\]>`,
    String.raw`<\?[^]*?\?>`,
    String.raw`<\/${NAME}\s*>`,
    String.raw`<${NAME}(?:\s+${NAME}\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*\/?>`,
  ].join("|"),
  "gyu",
);
/** For signatures, digests and canonical forms. */
const ALGORITHMS: ReadonlySet<string> = new Set([
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
  "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
  "http://www.w3.org/2001/04/xmlenc#sha256",
  "http://www.w3.org/2001/04/xmlenc#sha512",
  "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
  "http://www.w3.org/2001/10/xml-exc-c14n#",
  "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
  "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
  "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
]);
