import { beforeAll, describe, expect, test } from "@jest/globals";
import { authority, type Leaf } from "@gate/testkit";
import { createHash, createHmac, createSign } from "node:crypto";
import type { LoginError } from "./errors.ts";
import { SamlLogin } from "./saml.ts";
import { ATTRIBUTES_MAX, TAGS_MAX } from "./saml-text.ts";

const SP = "https://gate.acme.dev";
const ACS = `${SP}/login/saml/acs`;
const BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";
const DSIG = "http://www.w3.org/2000/09/xmldsig#";
const SHA256 = {
  method: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  digest: "http://www.w3.org/2001/04/xmlenc#sha256",
};

let idp: Leaf;
let mallory: Leaf;
let login: SamlLogin;

beforeAll(async () => {
  const ca = await authority("idp", "rsa");
  idp = await ca.issue("idp", { server: false });
  mallory = await ca.issue("mallory", { server: false });
  const config = {
    entryPoint: "https://idp.acme.dev/sso",
    idpCert: [idp.cert],
    entityId: undefined,
    groupsAttribute: "groups",
    nameAttribute: undefined,
    githubAttribute: undefined,
  };
  login = new SamlLogin(config, () => SP);
});

/** What the provider says; `undefined` leaves a thing out. */
interface Said {
  readonly nameId?: string | undefined;
  readonly groups?: readonly string[];
  readonly inResponseTo?: string | undefined;
  readonly recipient?: string | undefined;
  readonly notOnOrAfter?: string | undefined;
  readonly method?: string;
  /** XML instead of the one confirmation. */
  readonly confirmations?: string;
  readonly conditions?: string;
  readonly authn?: string;
  readonly attributes?: string;
  readonly issueInstant?: string;
}

const later = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

/** Canonical as it stands (exclusive C14N), as is `response`, so that both can be signed without a library. */
function assertion(said: Said, id = "_a1"): string {
  const all = { nameId: "bob@acme.dev", groups: ["oncall"], recipient: ACS, notOnOrAfter: later(300), ...said };
  const data = Object.entries({
    InResponseTo: all.inResponseTo,
    NotOnOrAfter: all.notOnOrAfter,
    Recipient: all.recipient,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join("");
  const confirmation = `<saml:SubjectConfirmation Method="${all.method ?? BEARER}"><saml:SubjectConfirmationData${data}></saml:SubjectConfirmationData></saml:SubjectConfirmation>`;
  const nameId = all.nameId === undefined ? "" : `<saml:NameID>${all.nameId}</saml:NameID>`;
  const values = all.groups.map((group) => `<saml:AttributeValue>${group}</saml:AttributeValue>`).join("");
  return (
    `<saml:Assertion xmlns:saml="${ASSERTION}" ID="${id}" IssueInstant="${all.issueInstant ?? later(0)}" Version="2.0">` +
    `<saml:Issuer>https://idp.acme.dev</saml:Issuer>` +
    `<saml:Subject>${nameId}${all.confirmations ?? confirmation}</saml:Subject>` +
    (all.conditions ?? conditions(restriction(SP))) +
    (all.authn ?? `<saml:AuthnStatement AuthnInstant="${later(0)}"></saml:AuthnStatement>`) +
    `<saml:AttributeStatement><saml:Attribute Name="groups">${values}</saml:Attribute>${all.attributes ?? ""}</saml:AttributeStatement>` +
    `</saml:Assertion>`
  );
}

function conditions(inner: string, until = later(300), from = later(-10)): string {
  return `<saml:Conditions NotBefore="${from}" NotOnOrAfter="${until}">${inner}</saml:Conditions>`;
}

function restriction(...audiences: readonly string[]): string {
  const inner = audiences.map((audience) => `<saml:Audience>${audience}</saml:Audience>`).join("");
  return `<saml:AudienceRestriction>${inner}</saml:AudienceRestriction>`;
}

interface Signing {
  readonly by?: Leaf;
  readonly algorithms?: { readonly method: string; readonly digest: string };
  readonly value?: (signedInfo: string) => string;
}

/** The signature over an element that is canonical as it stands. */
function signatureOf(xml: string, signing: Signing = {}): string {
  const { by = idp, algorithms = SHA256 } = signing;
  const hash = algorithms.method.endsWith("sha1") ? "sha1" : "sha256";
  const digest = createHash(algorithms.digest.endsWith("sha1") ? "sha1" : "sha256")
    .update(xml)
    .digest("base64");
  const id = / ID="([^"]*)"/.exec(xml)?.[1] ?? "";
  const info = (attributes: string): string =>
    `<ds:SignedInfo${attributes}><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${algorithms.method}"></ds:SignatureMethod>` +
    `<ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="${DSIG}enveloped-signature"></ds:Transform>` +
    `<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms>` +
    `<ds:DigestMethod Algorithm="${algorithms.digest}"></ds:DigestMethod><ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`;
  const canonical = info(` xmlns:ds="${DSIG}"`);
  const value = signing.value?.(canonical) ?? createSign(hash).update(canonical).sign(by.key, "base64");
  const cert = by.cert.replace(/-----[A-Z ]+-----|\s/g, "");
  return (
    `<ds:Signature xmlns:ds="${DSIG}">${info("")}<ds:SignatureValue>${value}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${cert}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>`
  );
}

function signed(xml: string, signing: Signing = {}): string {
  return withSignature(xml, signatureOf(xml, signing));
}

function withSignature(xml: string, signature: string): string {
  return xml.replace("</saml:Issuer>", `</saml:Issuer>${signature}`);
}

function response(inner: string, requestId: string, more = ""): string {
  return (
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Destination="${ACS}" ID="_r1" InResponseTo="${requestId}" IssueInstant="${later(0)}" Version="2.0">` +
    `<saml:Issuer xmlns:saml="${ASSERTION}">https://idp.acme.dev</saml:Issuer>${more}` +
    `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>` +
    `${inner}</samlp:Response>`
  );
}

function signedResponse(xml: string): string {
  return withSignature(xml, signatureOf(xml));
}

type Made = (requestId: string) => string;

/** Who is signed in by an answer to a request that was just made. */
async function signIn(make: Made) {
  const { requestId } = await login.begin();
  const xml = make(requestId);
  return login.finish(Buffer.from(xml).toString("base64"), requestId);
}

const refused = async (make: Made): Promise<unknown> =>
  signIn(make).then(
    ({ person }) => ({ signedInAs: person }),
    (error: LoginError) => error.code,
  );

const plain =
  (said: Said, signing: Signing = {}): Made =>
  (requestId) =>
    response(signed(assertion({ inResponseTo: requestId, ...said }), signing), requestId);

test("what the provider signed for this request signs in", async () => {
  const { person, assertionId } = await signIn(plain({}));
  expect(person).toMatchObject({ name: "bob@acme.dev", subjects: ["saml-group:oncall", "person:bob@acme.dev"] });
  expect(assertionId).toBe("_a1");
  const several = conditions(restriction("https://other.example", SP));
  expect((await signIn(plain({ conditions: several }))).person.name).toBe("bob@acme.dev");
  const older = `<saml:SubjectConfirmation Method="${BEARER}"><saml:SubjectConfirmationData NotOnOrAfter="${later(-900)}"></saml:SubjectConfirmationData></saml:SubjectConfirmation>`;
  const both = (id: string): string =>
    `${older}<saml:SubjectConfirmation Method="${BEARER}"><saml:SubjectConfirmationData InResponseTo="${id}" NotOnOrAfter="${later(300)}" Recipient="${ACS}"></saml:SubjectConfirmationData></saml:SubjectConfirmation>`;
  expect((await signIn((id) => plain({ confirmations: both(id) })(id))).person.name).toBe("bob@acme.dev");
  const all: Made = (id) => signedResponse(response(signed(assertion({ inResponseTo: id })), id));
  expect((await signIn(all)).person.name).toBe("bob@acme.dev");
});

test("the provider says when a sign-in ends at the latest", async () => {
  const authn = (...ends: readonly string[]): string =>
    ends.map((end) => `<saml:AuthnStatement AuthnInstant="${later(0)}"${end}></saml:AuthnStatement>`).join("");
  const soon = later(60);
  expect((await signIn(plain({ authn: authn("") }))).endsMs).toBeUndefined();
  const ends = authn("", ` SessionNotOnOrAfter="${later(600)}"`, ` SessionNotOnOrAfter="${soon}"`);
  expect((await signIn(plain({ authn: ends }))).endsMs).toBe(Date.parse(soon));
  expect(await refused(plain({ authn: authn(' SessionNotOnOrAfter="never"') }))).toBe("LOGIN_REFUSED");
});

/** The eight ways of Somorovsky et al., “On Breaking SAML: Be Whoever You Want to Be” (2012), §4. */
describe("signature wrapping", () => {
  const forged = (id: string): string =>
    assertion({ inResponseTo: id, nameId: "ceo@acme.dev", groups: ["dba"] }, "_evil");
  const responseSigned = (id: string): { signature: string; bare: string } => {
    const bare = response(signed(assertion({ inResponseTo: id })), id);
    return { bare, signature: signatureOf(bare) };
  };
  const evilResponse = (id: string, signature: string): string =>
    response(forged(id), id, signature).replace('ID="_r1"', 'ID="_evil_r"');
  const object = (xml: string): string => `<ds:Object>${xml}</ds:Object></ds:Signature>`;
  const into = (signature: string, xml: string): string => signature.replace("</ds:Signature>", object(xml));

  test.each<[string, Made]>([
    [
      "1: the signed response inside the signature of a forged one",
      (id) => {
        const { bare, signature } = responseSigned(id);
        return evilResponse(id, into(signature, bare));
      },
    ],
    [
      "2: the signed response before a detached signature of a forged one",
      (id) => {
        const { bare, signature } = responseSigned(id);
        return evilResponse(id, `${bare}${signature}`);
      },
    ],
    [
      "3: a forged assertion before the signed one",
      (id) => response(`${forged(id)}${signed(assertion({ inResponseTo: id }))}`, id),
    ],
    [
      "4: the signed assertion inside a forged one",
      (id) =>
        response(
          forged(id).replace("</saml:Assertion>", `${signed(assertion({ inResponseTo: id }))}</saml:Assertion>`),
          id,
        ),
    ],
    [
      "5: the signature in a forged assertion, the signed one behind it",
      (id) => {
        const good = assertion({ inResponseTo: id });
        return response(`${withSignature(forged(id), signatureOf(good))}${good}`, id);
      },
    ],
    [
      "6: the signature in a forged assertion, the signed one inside the signature",
      (id) => {
        const good = assertion({ inResponseTo: id });
        return response(withSignature(forged(id), into(signatureOf(good), good)), id);
      },
    ],
    [
      "7: the signed assertion in extensions",
      (id) =>
        response(`<samlp:Extensions>${signed(assertion({ inResponseTo: id }))}</samlp:Extensions>${forged(id)}`, id),
    ],
    [
      "8: the signed assertion in an object of the signature that a forged one carries",
      (id) => {
        const good = assertion({ inResponseTo: id });
        return response(withSignature(forged(id), into(signatureOf(good), `<x>${good}</x>`)), id);
      },
    ],
    [
      "a forged assertion of the same id",
      (id) => {
        const good = assertion({ inResponseTo: id });
        return response(`${withSignature(forged(id), signatureOf(good)).replace("_evil", "_a1")}${good}`, id);
      },
    ],
    [
      "a forged assertion under another name of the namespace",
      (id) =>
        response(
          `${forged(id).replaceAll("saml:", "x:").replace("xmlns:saml", "xmlns:x")}${signed(assertion({ inResponseTo: id }))}`,
          id,
        ),
    ],
  ])("%s signs nobody in", async (_what, make) => {
    expect(await refused(make)).toBe("LOGIN_REFUSED");
  });
});

describe("signs nobody in:", () => {
  const pem = (): string => idp.cert;
  test.each<[string, Made]>([
    [
      "an unsigned assertion in a signed response",
      (id) => {
        return signedResponse(response(assertion({ inResponseTo: id }), id));
      },
    ],
    ["no signature at all", (id) => response(assertion({ inResponseTo: id }), id)],
    [
      "two signed assertions",
      (id) =>
        response(
          `${signed(assertion({ inResponseTo: id }))}${signed(assertion({ inResponseTo: id, nameId: "x" }, "_a2"))}`,
          id,
        ),
    ],
    ["an assertion without a response", (id) => signed(assertion({ inResponseTo: id }))],
    [
      "an encrypted assertion",
      (id) => response(`<saml:EncryptedAssertion xmlns:saml="${ASSERTION}"><x></x></saml:EncryptedAssertion>`, id),
    ],
    ["a response without an assertion", (id) => response("", id)],
    [
      "the key of a certificate in the answer itself",
      plain(
        {},
        {
          get by() {
            return mallory;
          },
        },
      ),
    ],
    [
      "a MAC with the certificate as its key",
      plain(
        {},
        {
          algorithms: { method: `${DSIG}hmac-sha1`, digest: SHA256.digest },
          value: (info) => createHmac("sha1", pem()).update(info).digest("base64"),
        },
      ),
    ],
    ["SHA-1", plain({}, { algorithms: { method: `${DSIG}rsa-sha1`, digest: `${DSIG}sha1` } })],
    [
      "SHA-1, written with a character reference",
      (id) =>
        plain(
          {},
          { algorithms: { method: `${DSIG}rsa-sha1`, digest: `${DSIG}sha1` } },
        )(id).replaceAll('sha1"', 'sha&#49;"'),
    ],
    [
      "SHA-1, without quotes",
      (id) =>
        plain(
          {},
          { algorithms: { method: `${DSIG}rsa-sha1`, digest: `${DSIG}sha1` } },
        )(id)
          .replace(`"${DSIG}rsa-sha1"`, `${DSIG}rsa-sha1 `)
          .replace(`"${DSIG}sha1"`, `${DSIG}sha1 `),
    ],
    [
      "a digest by SHA-1",
      (id) =>
        plain(
          {},
          { algorithms: { method: SHA256.method, digest: `${DSIG}sha1` } },
        )(id).replace('#sha1"', '#sh&#x61;1"'),
    ],
    ["an answer that was given unasked, in the envelope of this request", plain({ inResponseTo: undefined })],
    ["an answer to another request, in the envelope of this one", plain({ inResponseTo: "_other" })],
    ["an assertion for another address", plain({ recipient: "https://other.example/acs" })],
    ["an assertion for no address", plain({ recipient: undefined })],
    ["an assertion that nothing confirms", plain({ confirmations: "" })],
    [
      "a confirmation without data",
      plain({ confirmations: `<saml:SubjectConfirmation Method="${BEARER}"></saml:SubjectConfirmation>` }),
    ],
    ["an assertion for the holder of a key", plain({ method: "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key" })],
    ["a confirmation without an end", plain({ notOnOrAfter: undefined })],
    ["a confirmation that is over", plain({ notOnOrAfter: later(-120) })],
    ["conditions that are over", plain({ conditions: conditions(restriction(SP), later(-120)) })],
    ["conditions that begin later", plain({ conditions: conditions(restriction(SP), later(300), later(120)) })],
    ["an assertion of an hour ago that says it is good", plain({ issueInstant: later(-3600) })],
    ["no conditions", plain({ conditions: "" })],
    ["no audience", plain({ conditions: conditions("") })],
    ["another audience", plain({ conditions: conditions(restriction("https://other.example")) })],
    [
      "ours and another audience at once",
      plain({ conditions: conditions(`${restriction(SP)}${restriction("https://other.example")}`) }),
    ],
    [
      "a session at the provider that is over",
      plain({
        authn: `<saml:AuthnStatement AuthnInstant="${later(-900)}" SessionNotOnOrAfter="${later(-120)}"></saml:AuthnStatement>`,
      }),
    ],
    ["an assertion that nobody signed in for", plain({ authn: "" })],
    [
      "a name that is an attribute",
      plain({
        nameId: undefined,
        attributes: `<saml:Attribute Name="nameID"><saml:AttributeValue>ceo@acme.dev</saml:AttributeValue></saml:Attribute>`,
      }),
    ],
    ["entities", (id) => `<!DOCTYPE r [<!ENTITY e "x">]>${plain({})(id)}`],
    ["a document type in small letters", (id) => `<!doctype r>${plain({})(id)}`],
    ["a document type behind a comment", (id) => `<!-- --><!DOCTYPE r SYSTEM "http://127.0.0.1:9/x">${plain({})(id)}`],
    [
      "a processing instruction in the name",
      (id) => plain({ nameId: "ceo@acme.dev.evil" })(id).replace("ceo@acme.dev.evil", "ceo@acme.dev<?x?>.evil"),
    ],
    [
      "a second document behind the first",
      (id) => `${plain({})(id)}${response(assertion({ inResponseTo: id, nameId: "ceo" }, "_e"), id)}`,
    ],
  ])("%s", async (_what, make) => {
    expect(await refused(make)).toBe("LOGIN_REFUSED");
  });
});

test("a thousand groups are read, and what takes the XML library minutes is not", async () => {
  const groups = Array.from({ length: 1_000 }, (_, index) => `group-${index}`);
  expect((await signIn(plain({ groups }))).person.subjects).toHaveLength(1_001);
  const around =
    (inner: string): Made =>
    (id) =>
      response(signed(assertion({ inResponseTo: id })), id, `<samlp:Extensions>${inner}</samlp:Extensions>`);
  expect((await signIn(around("<a></a>".repeat(100)))).person.name).toBe("bob@acme.dev");
  const names = Array.from({ length: TAGS_MAX }, (_, index) => ` xmlns:a${index}="u"`).join("");
  const attributes = Array.from({ length: ATTRIBUTES_MAX }, (_, index) => ` a${index}=""`).join("");
  const large = ["<a/>".repeat(TAGS_MAX), "<!---->".repeat(TAGS_MAX), `<a${names}></a>`, `<a${attributes}></a>`];
  // Read leniently, and told to the log in the sender's words.
  const lenient = ["<a b=c></a>", "<a b></a>", "<a b=''c=''></a>", "<a b='<'></a>"];
  for (const inner of [...large, ...lenient]) {
    expect(await refused(around(inner))).toBe("LOGIN_REFUSED");
  }
  expect(await refused(around(`<a PrefixList="${"p ".repeat(200)}"></a>`))).toBe("LOGIN_REFUSED");
});

test("comments and CDATA make no other name of a name or group", async () => {
  const make: Made = (id) =>
    plain({ nameId: "ceo@acme.dev.evil.example", groups: ["dba-readers"] })(id)
      .replace("ceo@acme.dev.evil.example", "ceo@acme.dev<!-- -->.evil.example")
      .replace("dba-readers", "<![CDATA[dba]]><!---->-readers");
  const { person } = await signIn(make);
  expect(person.subjects).toEqual(["saml-group:dba-readers", "person:ceo@acme.dev.evil.example"]);
});

test("an attribute of the name of an object's own parts changes nothing", async () => {
  const value = `<saml:AttributeValue><groups>dba</groups></saml:AttributeValue>`;
  const attributes = ["__proto__", "constructor", "nameID", "issuer"].map(
    (name) => `<saml:Attribute Name="${name}">${value}</saml:Attribute>`,
  );
  const { person } = await signIn(plain({ attributes: attributes.join("") }));
  expect(person.subjects).toEqual(["saml-group:oncall", "person:bob@acme.dev"]);
  expect(person.identity.realm).toBe("saml:https://idp.acme.dev");
});
