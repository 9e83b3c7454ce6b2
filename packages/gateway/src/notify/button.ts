/**
 * What a button in Slack carries: a hold's id, sealed. Whoever knows the webhook's address can write messages with
 * buttons too, which Slack signs like ours; without the seal such a message could show one command and approve another.
 * Pure.
 */
import { constantTimeEqual, type Secret } from "@gate/base";
import { createHmac } from "node:crypto";

export function buttonValue(secret: Secret, holdId: string): string {
  const seal = createHmac("sha256", secret.reveal()).update(`gate button ${holdId}`).digest("base64url");
  return `${holdId}.${seal}`;
}

/** The hold of a button of ours; undefined for any other. */
export function holdOfButton(secret: Secret, value: string): string | undefined {
  const holdId = value.slice(0, Math.max(0, value.lastIndexOf(".")));
  return constantTimeEqual(buttonValue(secret, holdId), value) ? holdId : undefined;
}
