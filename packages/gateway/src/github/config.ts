/** `github` of gateway.yaml: the operator's own GitHub App. Reads the key that it refers to. */
import { messageOf, type Secret } from "@gate/base";
import { assertSecureUrl } from "@gate/identity";
import { readObject, readString, type YamlNode } from "@gate/policy";
import { createPrivateKey } from "node:crypto";
import { readSecret, type References } from "../references.ts";

export interface GitHubConfig {
  readonly appId: number;
  readonly privateKey: Secret;
  readonly webhookSecret: Secret;
  /** Without a trailing slash: `https://api.github.com`, `https://api.SUB.ghe.com`, `https://HOST/api/v3`. */
  readonly apiUrl: string;
}

export function readGitHub(node: YamlNode | undefined, from: References): GitHubConfig | undefined {
  if (node === undefined) return undefined;
  const { problems } = from;
  const view = readObject(problems, node, {
    what: "github",
    keys: ["app_id", "private_key", "webhook_secret", "api_url"],
    required: ["app_id", "private_key", "webhook_secret"],
  });
  if (view === undefined) return undefined;
  const idNode = view.get("app_id");
  const appId = idNode?.type === "scalar" && /^[1-9]\d{0,14}$/.test(idNode.text) ? Number(idNode.text) : undefined;
  if (idNode !== undefined && appId === undefined) problems.add(idNode, "`app_id` must be the App's number");
  const keyNode = view.get("private_key");
  const privateKey = keyNode === undefined ? undefined : readSecret(keyNode, from, "private_key");
  if (keyNode !== undefined && privateKey !== undefined && !isRsaKey(privateKey)) {
    problems.add(keyNode, "`private_key` must be the App's RSA key in PEM; write file:PATH");
    return undefined;
  }
  const secretNode = view.get("webhook_secret");
  const webhookSecret = secretNode === undefined ? undefined : readSecret(secretNode, from, "webhook_secret");
  if (secretNode !== undefined && webhookSecret !== undefined && webhookSecret.reveal().length < SECRET_CHARS_MIN) {
    problems.add(secretNode, `\`webhook_secret\` is shorter than ${SECRET_CHARS_MIN} characters; use a random one`);
    return undefined;
  }
  const urlNode = view.get("api_url");
  const apiUrl = urlNode === undefined ? "https://api.github.com" : readString(problems, urlNode, "api_url");
  if (apiUrl === undefined || appId === undefined || privateKey === undefined || webhookSecret === undefined) {
    return undefined;
  }
  try {
    assertSecureUrl(apiUrl, "api_url");
  } catch (error) {
    problems.add(urlNode ?? node, messageOf(error));
    return undefined;
  }
  return { appId, privateKey, webhookSecret, apiUrl: apiUrl.replace(/\/+$/, "") };
}

function isRsaKey(key: Secret): boolean {
  try {
    return createPrivateKey(key.reveal()).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

const SECRET_CHARS_MIN = 16;
