/**
 * Sign-in through SAML 2.0 (node-saml): Redirect binding out, POST binding back, signed assertions only. Pure but for
 * the library's own clock.
 *
 * Every login has an instance of its own that knows one request id: an answer to another login's request, and an answer
 * that nobody asked for, match nothing.
 */
import { SAML, ValidateInResponseTo, type Profile } from "@node-saml/node-saml";
import { randomBytes } from "node:crypto";
import { LoginError } from "./errors.ts";
import { namesOf, text } from "./oidc.ts";
import type { Person } from "./person.ts";
import { readAssertion, type ReadAssertion } from "./saml-assertion.ts";
import { assertPlain } from "./saml-text.ts";

export interface SamlConfig {
  /** The identity provider's single sign-on address. */
  readonly entryPoint: string;
  /** PEM certificates that sign its assertions; several while it changes them. */
  readonly idpCert: readonly string[];
  /** Our entity id, and the audience that assertions must name. Default: the public URL. */
  readonly entityId: string | undefined;
  /** Attribute with the person's groups: they become `saml-group:<name>`. */
  readonly groupsAttribute: string;
  /** Attribute with the name that others see; the NameID without it. */
  readonly nameAttribute: string | undefined;
  /** Attribute, set by the provider's administrators, with the person's GitHub login. */
  readonly githubAttribute: string | undefined;
}

export interface SamlStart {
  readonly url: string;
  readonly relayState: string;
  readonly requestId: string;
}

export class SamlLogin {
  readonly #config: SamlConfig;
  readonly #publicUrl: () => string;

  constructor(config: SamlConfig, publicUrl: () => string) {
    this.#config = config;
    this.#publicUrl = publicUrl;
  }

  async begin(): Promise<SamlStart> {
    const requestId = `_${randomBytes(24).toString("hex")}`;
    const relayState = randomBytes(24).toString("base64url");
    const url = await this.#provider(requestId).getAuthorizeUrlAsync(relayState, undefined, {});
    return { url, relayState, requestId };
  }

  /**
   * @param response the form's SAMLResponse
   * @returns the person, the assertion's id for the caller to use once, and when the provider wants the sign-in to end
   * @throws {LoginError} LOGIN_REFUSED
   */
  async finish(
    response: string,
    requestId: string,
  ): Promise<{ readonly person: Person; readonly assertionId: string; readonly endsMs: number | undefined }> {
    assertPlain(response);
    let profile: Profile | null;
    try {
      ({ profile } = await this.#provider(requestId).validatePostResponseAsync({ SAMLResponse: response }));
    } catch (error) {
      throw new LoginError("LOGIN_REFUSED", "the identity provider's answer was not accepted", error);
    }
    // Only what was signed: members of the profile can be attributes that happen to have their names.
    const assertion = readAssertion(profile?.getAssertion?.()["Assertion"], {
      requestId,
      recipient: this.#recipient(),
      nowMs: new Date().getTime(),
      skewMs: SKEW_MS_MAX,
    });
    return { person: this.#person(profile ?? {}, assertion), assertionId: assertion.id, endsMs: assertion.endsMs };
  }

  metadata(): string {
    return this.#provider("_metadata").generateServiceProviderMetadata(null);
  }

  #recipient(): string {
    return `${this.#publicUrl()}/login/saml/acs`;
  }

  #person(profile: Readonly<Record<string, unknown>>, { issuer, nameId }: ReadAssertion): Person {
    const { groupsAttribute, nameAttribute, githubAttribute } = this.#config;
    const own = (name: string | undefined): unknown =>
      name !== undefined && Object.hasOwn(profile, name) ? profile[name] : undefined;
    const github = text(own(githubAttribute));
    const realm = `saml:${issuer}`;
    return {
      name: text(own(nameAttribute)) ?? nameId,
      subjects: [
        ...namesOf(own(groupsAttribute)).map((group) => `saml-group:${group}`),
        `person:${nameId}`,
        ...(github === undefined ? [] : [`github-user:${github}`]),
      ],
      identity: {
        id: `${realm}#${nameId}`,
        realm,
        aliases: [nameId, ...(github === undefined ? [] : [github, `github-user:${github}`])],
      },
    };
  }

  #provider(requestId: string): SAML {
    const publicUrl = this.#publicUrl();
    const entityId = this.#config.entityId ?? publicUrl;
    const known = (key: string | null): string | null => (key === requestId ? new Date().toISOString() : null);
    return new SAML({
      entryPoint: this.#config.entryPoint,
      idpCert: [...this.#config.idpCert],
      issuer: entityId,
      audience: entityId,
      callbackUrl: this.#recipient(),
      wantAssertionsSigned: true,
      // The assertion's own signature is what counts; many providers sign nothing else.
      wantAuthnResponseSigned: false,
      validateInResponseTo: ValidateInResponseTo.always,
      acceptedClockSkewMs: SKEW_MS_MAX,
      maxAssertionAgeMs: ASSERTION_AGE_MS_MAX,
      identifierFormat: null,
      disableRequestedAuthnContext: true,
      signatureAlgorithm: "sha256",
      generateUniqueId: () => requestId,
      cacheProvider: {
        saveAsync: async (_key, value) => ({ value, createdAt: 0 }),
        getAsync: async (key) => known(key),
        removeAsync: async (key) => key,
      },
    });
  }
}

/** Milliseconds by which the provider's clock may differ. */
const SKEW_MS_MAX = 60_000;
/** Milliseconds for which an assertion is good, whatever it says itself. */
const ASSERTION_AGE_MS_MAX = 5 * 60_000;
