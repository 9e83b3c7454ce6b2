/** The built-in detectors by name. Pure. */
import { findCards } from "./card.ts";
import { AT, DIGITS, IBAN, IPV4, IPV6, LITERAL, PHONE, SSN, type Detector } from "./detector.ts";
import { findIbans } from "./iban.ts";
import { findIpv4, findIpv6 } from "./network.ts";
import { findEmails, findPhones, findSsns } from "./person.ts";
import * as secret from "./secret.ts";
import type { DetectorName } from "@gate/contract";

export const BUILT_IN: Readonly<Record<DetectorName, Omit<Detector, "name">>> = {
  credit_card: { bits: DIGITS, find: findCards },
  iban: { bits: IBAN, find: findIbans },
  email: { bits: AT, find: findEmails },
  us_ssn: { bits: SSN, find: findSsns },
  phone: { bits: PHONE, find: findPhones },
  ipv4: { bits: IPV4, find: findIpv4 },
  ipv6: { bits: IPV6, find: findIpv6 },
  jwt: { bits: LITERAL, find: secret.findJwts },
  private_key: { bits: LITERAL, find: secret.byPattern(secret.PRIVATE_KEY) },
  aws_key: { bits: LITERAL, find: secret.byPattern(secret.AWS_KEY) },
  github_token: { bits: LITERAL, find: secret.byPattern(secret.GITHUB_TOKEN) },
  gitlab_token: { bits: LITERAL, find: secret.byPattern(secret.GITLAB_TOKEN) },
  slack_token: { bits: LITERAL, find: secret.byPattern(secret.SLACK_TOKEN) },
  stripe_key: { bits: LITERAL, find: secret.byPattern(secret.STRIPE_KEY) },
  google_key: { bits: LITERAL, find: secret.byPattern(secret.GOOGLE_KEY) },
  anthropic_key: { bits: LITERAL, find: secret.byPattern(secret.ANTHROPIC_KEY) },
  openai_key: { bits: LITERAL, find: secret.byPattern(secret.OPENAI_KEY) },
};

export const DETECTORS = Object.keys(BUILT_IN) as readonly DetectorName[];
