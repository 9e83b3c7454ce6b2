/** A SAML 2.0 identity provider for tests, on the `samlp` package: it answers an AuthnRequest as the test says. */
import samlp from "samlp";
import { inflateRawSync } from "node:zlib";
import { authority } from "./certificates.ts";

export interface SamlUser {
  readonly nameId: string;
  readonly groups: readonly string[];
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface SamlAnswer {
  /** The form's fields as the browser would post them. */
  readonly SAMLResponse: string;
  readonly RelayState: string;
}

export interface SamlAnswerOptions {
  readonly user: SamlUser;
  readonly audience?: string;
  readonly inResponseTo?: string;
  readonly signAssertion?: boolean;
  readonly signatureAlgorithm?: string;
  readonly digestAlgorithm?: string;
  readonly lifetimeSeconds?: number;
  /** Changes the XML after it was signed. */
  readonly change?: (xml: string) => string;
  /** Signs with a key that the service does not know. */
  readonly foreignKey?: boolean;
}

export interface SamlProvider {
  readonly entryPoint: string;
  /** PEM. */
  readonly cert: string;
  /** @param url where the service sent the browser */
  answer(url: string, options: SamlAnswerOptions): Promise<SamlAnswer>;
}

export async function samlProvider(entryPoint: string): Promise<SamlProvider> {
  const ca = await authority("idp", "rsa");
  const leaf = await ca.issue("idp", { server: false });
  const foreign = await ca.issue("foreign", { server: false });
  return {
    entryPoint,
    cert: leaf.cert,
    async answer(url, options) {
      const query = new URL(url).searchParams;
      const request = inflateRawSync(Buffer.from(query.get("SAMLRequest") ?? "", "base64")).toString("utf8");
      const attribute = (name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(request)?.[1] ?? "";
      const issuer = /<saml:Issuer[^>]*>([^<]*)</.exec(request)?.[1] ?? "";
      const acs = attribute("AssertionConsumerServiceURL");
      const signer = options.foreignKey === true ? foreign : leaf;
      const xml = await new Promise<string>((resolve, reject) => {
        samlp.getSamlResponse(
          {
            issuer: entryPoint,
            audience: options.audience ?? issuer,
            recipient: acs,
            destination: acs,
            inResponseTo: options.inResponseTo ?? attribute("ID"),
            cert: signer.cert,
            key: signer.key,
            signatureAlgorithm: options.signatureAlgorithm ?? "rsa-sha256",
            digestAlgorithm: options.digestAlgorithm ?? "sha256",
            lifetimeInSeconds: options.lifetimeSeconds ?? 300,
            signAssertion: options.signAssertion ?? true,
            profileMapper: () => ({
              getClaims: () => ({ groups: [...options.user.groups], ...options.user.attributes }),
              getNameIdentifier: () => ({
                nameIdentifier: options.user.nameId,
                nameIdentifierFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
              }),
            }),
          },
          options.user,
          (error, response) => (response === undefined ? reject(error ?? new Error("no response")) : resolve(response)),
        );
      });
      const sent = options.change?.(xml) ?? xml;
      return { SAMLResponse: Buffer.from(sent).toString("base64"), RelayState: query.get("RelayState") ?? "" };
    },
  };
}
