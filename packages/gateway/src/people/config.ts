/** `people` of gateway.yaml: who may look at sessions and answer holds, and how they prove it. Reads what it refers to. */
import { messageOf, Secret } from "@gate/base";
import { assertSecureUrl } from "@gate/identity";
import {
  readEntries,
  readList,
  readObject,
  readOneOrMore,
  readString,
  suggestion,
  type Problems,
  type YamlNode,
} from "@gate/policy";
import { X509Certificate } from "node:crypto";
import { readSecret, resolveText, type References } from "../references.ts";
import type { OidcConfig } from "./oidc.ts";
import type { Person } from "./person.ts";
import type { SamlConfig } from "./saml.ts";

export interface PeopleConfig {
  /** By name: people with a token of their own in gateway.yaml. */
  readonly tokens: ReadonlyMap<string, TokenPerson>;
  readonly oidc: OidcConfig | undefined;
  readonly saml: SamlConfig | undefined;
}

export interface TokenPerson extends Person {
  readonly token: Secret;
}

/** Nobody can sign in: then nobody could answer a hold. */
export function isNobody(people: PeopleConfig): boolean {
  return people.tokens.size === 0 && people.oidc === undefined && people.saml === undefined;
}

export function readPeople(node: YamlNode | undefined, from: References): PeopleConfig {
  if (node === undefined) return { tokens: new Map(), oidc: undefined, saml: undefined };
  const view = readObject(from.problems, node, { what: "people", keys: ["tokens", "oidc", "saml"] });
  return {
    tokens: readTokens(view?.get("tokens"), from),
    oidc: readOidc(view?.get("oidc"), from),
    saml: readSaml(view?.get("saml"), from),
  };
}

/** For `gate validate`. */
export function effectivePeople(people: PeopleConfig): Readonly<Record<string, unknown>> {
  const { oidc, saml, tokens } = people;
  return {
    ...(tokens.size === 0
      ? {}
      : {
          tokens: Object.fromEntries(
            [...tokens].map(([name, person]) => [name, { token: REDACTED, subjects: person.subjects.slice(1) }]),
          ),
        }),
    ...(oidc === undefined
      ? {}
      : {
          oidc: {
            issuer: oidc.issuer,
            client_id: oidc.clientId,
            ...(oidc.clientSecret === undefined ? {} : { client_secret: REDACTED }),
            groups_claim: oidc.groupsClaim,
            name_claim: oidc.nameClaim,
            ...(oidc.githubClaim === undefined ? {} : { github_login_claim: oidc.githubClaim }),
            scope: oidc.scope,
          },
        }),
    ...(saml === undefined
      ? {}
      : {
          saml: {
            entry_point: saml.entryPoint,
            idp_cert: saml.idpCert.map(
              (pem) => `SHA256:${new X509Certificate(pem).fingerprint256.replaceAll(":", "")}`,
            ),
            ...(saml.entityId === undefined ? {} : { entity_id: saml.entityId }),
            groups_attribute: saml.groupsAttribute,
            ...(saml.nameAttribute === undefined ? {} : { name_attribute: saml.nameAttribute }),
            ...(saml.githubAttribute === undefined ? {} : { github_login_attribute: saml.githubAttribute }),
          },
        }),
  };
}

function readTokens(node: YamlNode | undefined, from: References): ReadonlyMap<string, TokenPerson> {
  const people = new Map<string, TokenPerson>();
  const { problems } = from;
  const entries = node === undefined ? undefined : readEntries(problems, node, "people.tokens");
  for (const { key: name, at, value } of entries ?? []) {
    if (!NAME.test(name)) {
      problems.add(
        { at },
        "a person's name must be 1 to 64 letters, digits, `-`, `_` or `.`, beginning with a letter or digit",
      );
      continue;
    }
    const person = readObject(problems, value, {
      what: `person ${name}`,
      keys: ["token", "subjects"],
      required: ["token", "subjects"],
    });
    const tokenNode = person?.get("token");
    const subjectsNode = person?.get("subjects");
    if (tokenNode === undefined || subjectsNode === undefined) continue;
    const token = readSecret(tokenNode, from, "token");
    const subjects = readList(problems, subjectsNode, "subjects", (item) => readSubject(problems, item));
    if (token === undefined || subjects === undefined) continue;
    if (token.reveal().length < TOKEN_CHARS_MIN) {
      problems.add(
        tokenNode,
        `the token is shorter than ${TOKEN_CHARS_MIN} characters; use a random one (openssl rand -hex 24)`,
      );
      continue;
    }
    if ([...people.values()].some((other) => other.token.reveal() === token.reveal())) {
      problems.add({ at }, `person ${name} has the same token as another one; give everybody their own`);
      continue;
    }
    const aliases = subjects.filter((subject) => subject.startsWith("github-user:"));
    const logins = aliases.map((alias) => alias.slice("github-user:".length));
    const identity = { id: `token:${name}`, realm: "token", aliases: [...aliases, ...logins] };
    people.set(name, { name, token, subjects: [`person:${name}`, ...subjects], identity });
  }
  return people;
}

function readOidc(node: YamlNode | undefined, from: References): OidcConfig | undefined {
  if (node === undefined) return undefined;
  const { problems } = from;
  const view = readObject(problems, node, {
    what: "people.oidc",
    keys: ["issuer", "client_id", "client_secret", "groups_claim", "name_claim", "github_login_claim", "scope"],
    required: ["issuer", "client_id"],
  });
  if (view === undefined) return undefined;
  const word = (key: Parameters<typeof view.get>[0]): string | undefined => {
    const found = view.get(key);
    return found === undefined ? undefined : readString(problems, found, key);
  };
  const issuer = readUrl(problems, view.get("issuer"), "issuer");
  const clientId = word("client_id");
  const secretNode = view.get("client_secret");
  const clientSecret = secretNode === undefined ? undefined : readSecret(secretNode, from, "client_secret");
  const scope = word("scope") ?? "openid profile email";
  if (!scope.split(" ").includes("openid")) problems.add(node, "`scope` must hold `openid`");
  if (issuer === undefined || clientId === undefined || (secretNode !== undefined && clientSecret === undefined)) {
    return undefined;
  }
  return {
    issuer,
    clientId,
    clientSecret,
    groupsClaim: word("groups_claim") ?? "groups",
    nameClaim: word("name_claim") ?? "preferred_username",
    githubClaim: word("github_login_claim"),
    scope,
  };
}

function readSaml(node: YamlNode | undefined, from: References): SamlConfig | undefined {
  if (node === undefined) return undefined;
  const { problems } = from;
  const view = readObject(problems, node, {
    what: "people.saml",
    keys: ["entry_point", "idp_cert", "entity_id", "groups_attribute", "name_attribute", "github_login_attribute"],
    required: ["entry_point", "idp_cert"],
  });
  if (view === undefined) return undefined;
  const word = (key: Parameters<typeof view.get>[0]): string | undefined => {
    const found = view.get(key);
    return found === undefined ? undefined : readString(problems, found, key);
  };
  const entryPoint = readUrl(problems, view.get("entry_point"), "entry_point");
  const certNode = view.get("idp_cert");
  const idpCert =
    certNode === undefined
      ? undefined
      : readOneOrMore(problems, certNode, "`idp_cert`", (item) => readCertificate(item, from));
  if (entryPoint === undefined || idpCert === undefined || idpCert.length === 0) return undefined;
  return {
    entryPoint,
    idpCert,
    entityId: word("entity_id"),
    groupsAttribute: word("groups_attribute") ?? "groups",
    nameAttribute: word("name_attribute"),
    githubAttribute: word("github_login_attribute"),
  };
}

function readCertificate(node: YamlNode, from: References): string | undefined {
  const written = readString(from.problems, node, "idp_cert");
  const value = written === undefined ? undefined : resolveText(node, written, from);
  const pem = value instanceof Secret ? value.reveal() : value;
  if (pem === undefined) return undefined;
  try {
    return new X509Certificate(pem).toString();
  } catch {
    from.problems.add(node, "`idp_cert` must be a PEM certificate; write file:PATH");
    return undefined;
  }
}

function readUrl(problems: Problems, node: YamlNode | undefined, what: string): string | undefined {
  const url = node === undefined ? undefined : readString(problems, node, what);
  if (node === undefined || url === undefined) return undefined;
  try {
    assertSecureUrl(url, what);
    return url;
  } catch (error) {
    problems.add(node, messageOf(error));
    return undefined;
  }
}

/** A subject that no policy can name would let its owner believe that they may answer. */
function readSubject(problems: Problems, node: YamlNode): string | undefined {
  const subject = readString(problems, node, "a subject");
  if (subject === undefined) return undefined;
  const kind = subject.split(":", 1)[0] ?? "";
  if (SUBJECT_KINDS.includes(kind) && subject.length > kind.length + 1) return subject;
  problems.add(node, `a subject is a kind and a name, such as github-team:acme/dba${suggestion(kind, SUBJECT_KINDS)}`);
  return undefined;
}

/** Characters that a person's token has at least. */
const TOKEN_CHARS_MIN = 16;
const SUBJECT_KINDS = ["github-team", "github-user", "oidc-group", "saml-group"];
const REDACTED = "[redacted]";
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
