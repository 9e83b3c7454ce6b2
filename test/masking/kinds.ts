/**
 * Columns of made-up values for the figures of the detectors: half of them hold what must be found, half what looks
 * like it and must not be. Seeded: the same values every time. Pure.
 */
import { faker } from "@faker-js/faker";

export interface Kind {
  readonly name: string;
  /** `schema.table.column`: what the catalogue would say. */
  readonly column: string;
  /** The detector that must find something in each value; undefined: a hard negative. */
  readonly detector?: string;
  readonly make: () => string;
}

const pick = <T>(items: readonly T[]): T => faker.helpers.arrayElement([...items]);
const digits = (length: number): string => faker.string.numeric({ length, allowLeadingZeros: true });
const base62 = (length: number): string => faker.string.alphanumeric(length);
const within = (value: string): string =>
  pick([
    () => `${faker.lorem.sentence(4)} ${value} ${faker.lorem.words(3)}`,
    () => `${faker.lorem.words(2)}: ${value}`,
    () => `(${value})`,
    () => `${faker.person.firstName()} said "${value}", ${faker.lorem.words(5)}.`,
  ])();

/** A number whose last digit is the right check digit. */
function luhn(prefix: string, length: number): string {
  const body = prefix + digits(length - 1 - prefix.length);
  let sum = 0;
  for (let at = 0; at < body.length; at++) {
    let digit = Number(body[body.length - 1 - at]);
    if (at % 2 === 0) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return body + String((10 - (sum % 10)) % 10);
}

function card(): string {
  const [prefix, length] = pick([
    ["4", 16],
    [`5${pick("12345".split(""))}`, 16],
    ["2221", 16],
    ["2720", 16],
    ["34", 15],
    ["37", 15],
    ["6011", 16],
    ["65", 16],
    ["3528", 16],
    ["36", 14],
    ["62", 16],
  ] as const);
  return luhn(prefix, length);
}

function grouped(number: string): string {
  const gap = pick([" ", "-"]);
  if (number.length === 15) return number.replace(/^(.{4})(.{6})(.{5})$/, `$1${gap}$2${gap}$3`);
  if (number.length === 14) return number.replace(/^(.{4})(.{6})(.{4})$/, `$1${gap}$2${gap}$3`);
  return number.replaceAll(/(.{4})(?=.)/g, `$1${gap}`);
}

function ssn(separator: string): string {
  const area = faker.number.int({ min: 1, max: 899 });
  const parts = [
    area === 666 ? 665 : area,
    faker.number.int({ min: 1, max: 99 }),
    faker.number.int({ min: 1, max: 9999 }),
  ];
  return parts.map((part, at) => String(part).padStart([3, 2, 4][at] as number, "0")).join(separator);
}

function phone(): string {
  return pick([
    () => `+1 212 ${faker.number.int({ min: 220, max: 989 })} ${digits(4)}`,
    () => `(415) ${faker.number.int({ min: 220, max: 989 })}-${digits(4)}`,
    () => `646-${faker.number.int({ min: 220, max: 989 })}-${digits(4)}`,
    () => `+49 30 9018${digits(4)}`,
    () => `+44 20 7946 0${digits(3)}`,
    () => `+331426${digits(5)}`,
  ])();
}

function pem(): string {
  const type = pick(["RSA ", "EC ", "", "OPENSSH ", "ENCRYPTED "]);
  const body = Array.from({ length: 5 }, () => faker.string.alphanumeric(64)).join("\n");
  return `-----BEGIN ${type}PRIVATE KEY-----\n${body}\n-----END ${type}PRIVATE KEY-----`;
}

function badIban(): string {
  const iban = faker.finance.iban();
  const check = (Number(iban.slice(2, 4)) + faker.number.int({ min: 1, max: 90 })) % 97;
  return iban.slice(0, 2) + String(check).padStart(2, "0") + iban.slice(4);
}

const octets = (): string => Array.from({ length: 4 }, () => faker.number.int({ min: 0, max: 255 })).join(".");

export const KINDS: readonly Kind[] = [
  { name: "card, bare", column: "public.payments.card_number", detector: "credit_card", make: card },
  { name: "card, bare, no telling name", column: "public.imports.value", detector: "credit_card", make: card },
  { name: "card in text", column: "public.tickets.note", detector: "credit_card", make: () => within(grouped(card())) },
  { name: "IBAN", column: "public.payouts.iban", detector: "iban", make: () => faker.finance.iban() },
  {
    name: "IBAN in text",
    column: "public.tickets.body",
    detector: "iban",
    make: () => within(faker.finance.iban({ formatted: true })),
  },
  { name: "e-mail", column: "public.people.contact", detector: "email", make: () => faker.internet.email() },
  {
    name: "e-mail in text",
    column: "public.tickets.subject",
    detector: "email",
    make: () => within(faker.internet.email()),
  },
  { name: "SSN", column: "public.staff.tax_no", detector: "us_ssn", make: () => ssn(pick(["-", " "])) },
  { name: "SSN in text", column: "public.staff.remark", detector: "us_ssn", make: () => within(ssn("-")) },
  { name: "SSN, nine digits under its name", column: "public.staff.ssn", detector: "us_ssn", make: () => ssn("") },
  { name: "IPv4", column: "public.visits.client", detector: "ipv4", make: () => faker.internet.ipv4() },
  {
    name: "IPv4 in a log line",
    column: "public.logs.line",
    detector: "ipv4",
    make: () => `${faker.internet.ipv4()} - - "GET /${faker.lorem.slug()} HTTP/1.1" ${pick([200, 404])} ${digits(4)}`,
  },
  {
    name: "IPv6",
    column: "public.visits.client6",
    detector: "ipv6",
    make: () =>
      pick([
        () => faker.internet.ipv6(),
        () => `2001:db8::${faker.string.hexadecimal({ length: 4, prefix: "" })}`,
        () => `fe80::${faker.string.hexadecimal({ length: 3, prefix: "" })}:1`,
      ])(),
  },
  {
    name: "JWT",
    column: "public.sessions.data",
    detector: "jwt",
    make: () => pick([() => faker.internet.jwt(), () => `Bearer ${faker.internet.jwt()}`])(),
  },
  {
    name: "AWS keys",
    column: "public.config.aws",
    detector: "aws_key",
    make: () =>
      pick([
        () => `AKIA${faker.string.fromCharacters("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)}`,
        () => `aws_secret_access_key=${base62(40)}`,
      ])(),
  },
  {
    name: "GitHub and GitLab tokens",
    column: "public.config.forge",
    detector: "github_token|gitlab_token",
    make: () =>
      pick([
        () => `gh${pick("pousr".split(""))}_${base62(36)}`,
        () => `github_pat_${base62(22)}_${base62(59)}`,
        () => `glpat-${base62(20)}`,
      ])(),
  },
  {
    name: "Slack, Stripe, Google keys",
    column: "public.config.saas",
    detector: "slack_token|stripe_key|google_key",
    make: () =>
      pick([
        () => `xoxb-${digits(12)}-${digits(12)}-${base62(24)}`,
        () => `sk_live_${base62(24)}`,
        () => `rk_test_${base62(99)}`,
        () => `AIza${base62(35)}`,
        () => `GOCSPX-${base62(28)}`,
      ])(),
  },
  {
    name: "Anthropic and OpenAI keys",
    column: "public.config.models",
    detector: "anthropic_key|openai_key",
    make: () =>
      pick([
        () => `sk-ant-api03-${base62(93)}AA`,
        () => `sk-proj-${base62(120)}`,
        () => `sk-${base62(20)}T3BlbkFJ${base62(20)}`,
      ])(),
  },
  {
    name: "private keys",
    column: "public.config.pem",
    detector: "private_key",
    make: () => pick([pem, () => within(pem())])(),
  },
  { name: "phone numbers", column: "public.people.reach", detector: "phone", make: phone },

  { name: "order ids, 16 digits", column: "public.orders.order_id", make: () => digits(16) },
  {
    name: "order numbers with a right check digit",
    column: "public.orders.order_number",
    make: () => luhn(pick(["4", "51", "37", "6011"]), 16),
  },
  {
    name: "16 digits, no telling name",
    column: "public.counters.amount",
    make: () => String(faker.number.int({ min: 1e15, max: 9e15 })),
  },
  {
    name: "epochs in milliseconds",
    column: "public.events.at",
    make: () => String(faker.date.past({ years: 20, refDate: "2026-01-01" }).getTime()),
  },
  {
    name: "epochs in microseconds and nanoseconds",
    column: "public.events.at_fine",
    make: () => String(faker.date.past({ years: 20, refDate: "2026-01-01" }).getTime()) + digits(pick([3, 6])),
  },
  {
    name: "timestamps",
    column: "public.events.stamp",
    make: () =>
      pick([
        (d: Date) => d.toISOString(),
        (d: Date) => `${d.toISOString().replace("T", " ").replace("Z", "")}+00`,
        (d: Date) => d.toISOString().slice(0, 19).replaceAll(/[-T:]/g, ""),
      ])(faker.date.past({ years: 20, refDate: "2026-01-01" })),
  },
  {
    name: "hashes",
    column: "public.files.digest",
    make: () => faker.string.hexadecimal({ length: pick([32, 40, 64]), prefix: "", casing: pick(["lower", "upper"]) }),
  },
  { name: "UUIDs", column: "public.files.key", make: () => faker.string.uuid() },
  {
    name: "versions",
    column: "public.builds.version",
    make: () =>
      pick([
        () => faker.system.semver(),
        () => `v${octets()}`,
        () => octets(),
        () => `${digits(2)}.0.${digits(5)}.${digits(3)}`,
      ])(),
  },
  {
    name: "versions and identifiers in text",
    column: "public.builds.note",
    make: () =>
      pick([
        () => `upgraded to v${octets()}`,
        () => `version ${octets()} of ${faker.lorem.word()}`,
        () => `oid 1.3.6.1.4.1.${digits(5)}.1`,
        () => `order ${luhn("4", 16)} shipped`,
        () => `tracking: ${luhn("51", 16)}`,
      ])(),
  },
  { name: "IMEI", column: "public.devices.imei", make: () => luhn("35", 15) },
  { name: "SIM cards (ICCID)", column: "public.devices.sim", make: () => luhn("89", pick([19, 20])) },
  { name: "EAN-13", column: "public.products.ean", make: () => pick(["400", "471", "590"]) + digits(10) },
  {
    name: "parcel numbers",
    column: "public.parcels.label",
    make: () =>
      pick([
        () => `1Z${faker.string.alphanumeric({ length: 16, casing: "upper" })}`,
        () => `94${digits(20)}`,
        () => `RR${digits(9)}DE`,
      ])(),
  },
  { name: "IBANs with a wrong check number", column: "public.payouts.rejected", make: badIban },
  {
    name: "numbers like an SSN that was never given",
    column: "public.parts.code",
    make: () =>
      pick([
        () => `000-${digits(2)}-${digits(4)}`,
        () => `666-${digits(2)}-${digits(4)}`,
        () => `9${digits(2)}-${digits(2)}-${digits(4)}`,
        () => `${digits(3)}-00-${digits(4)}`,
        () => `${digits(4)}-${digits(2)}-${digits(4)}`,
      ])(),
  },
  {
    name: "handles, packages, remotes, files",
    column: "public.repos.source",
    make: () =>
      pick([
        () => `@${faker.internet.username()}`,
        () => `@${faker.lorem.word()}/${faker.lorem.word()}@${faker.system.semver()}`,
        () => `git@github.com:${faker.lorem.word()}/${faker.lorem.word()}.git`,
        () => `${faker.lorem.word()}@2x.png`,
        () => `root@localhost`,
      ])(),
  },
  {
    name: "hardware addresses and times",
    column: "public.devices.mac",
    make: () =>
      pick([
        () => faker.internet.mac(),
        () => faker.date.recent({ refDate: "2026-01-01" }).toISOString().slice(11, 19),
        () => `std::${faker.lorem.word()}::${faker.lorem.word()}`,
      ])(),
  },
  {
    name: "random words of letters and digits",
    column: "public.links.slug",
    make: () =>
      pick([
        () => faker.string.nanoid(),
        () => faker.string.ulid(),
        () => Buffer.from(faker.lorem.sentence()).toString("base64"),
        () => `task-${base62(12)}`,
        () => `sk-${base62(10)}`,
      ])(),
  },
  {
    name: "amounts, coordinates, invoices",
    column: "public.misc.info",
    make: () =>
      pick([
        () => faker.finance.amount({ min: 1, max: 1e9, dec: 4 }),
        () => `${faker.location.latitude()}, ${faker.location.longitude()}`,
        () => `INV-${digits(4)}-${digits(6)}`,
        () => `${faker.lorem.sentence()} ${digits(5)}`,
        () => `${digits(3)}-${digits(4)}`,
      ])(),
  },
];
