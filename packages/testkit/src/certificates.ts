/** Certificate authorities for tests, made in memory. Touches randomness only. */
import { generate } from "selfsigned";

/** PEM. */
export interface Leaf {
  readonly cert: string;
  readonly key: string;
}

export interface LeafOptions {
  /** A server's certificate (for localhost, 127.0.0.1 and its own name) or a client's. */
  readonly server: boolean;
  readonly hash?: "sha256" | "sha384" | "sha512";
  /** Days from now; negative: already expired. Default 30. */
  readonly days?: number;
}

export interface Authority {
  readonly cert: string;
  issue(commonName: string, options: LeafOptions): Promise<Leaf>;
}

/** `key` is the kind of the authority's key and of every key it certifies. */
export async function authority(name: string, key: "rsa" | "ec" = "ec"): Promise<Authority> {
  const ca = await generate([{ name: "commonName", value: name }], {
    ...validity(30),
    keyType: key,
    keySize: 2048,
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    cert: ca.cert,
    async issue(commonName, options) {
      const leaf = await generate([{ name: "commonName", value: commonName }], {
        ...validity(options.days ?? 30),
        keyType: key,
        keySize: 2048,
        algorithm: options.hash ?? "sha256",
        ca: { key: ca.private, cert: ca.cert },
        extensions: [
          { name: "basicConstraints", cA: false, critical: true },
          { name: "keyUsage", digitalSignature: true, keyEncipherment: key === "rsa", critical: true },
          { name: "extKeyUsage", serverAuth: options.server, clientAuth: !options.server },
          ...(options.server
            ? [
                {
                  name: "subjectAltName" as const,
                  altNames: [
                    { type: 2 as const, value: commonName },
                    { type: 2 as const, value: "localhost" },
                    { type: 7 as const, ip: "127.0.0.1" },
                  ],
                },
              ]
            : []),
        ],
      });
      return { cert: leaf.cert, key: leaf.private };
    },
  };
}

function validity(days: number): { notBeforeDate: Date; notAfterDate: Date } {
  const day = 24 * 3600 * 1000;
  const start = Date.now() - Math.max(1, 1 - days) * day;
  return { notBeforeDate: new Date(start), notAfterDate: new Date(Date.now() + days * day) };
}
