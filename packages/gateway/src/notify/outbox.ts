/**
 * Delivers notices: kept in the store until they arrived, tried again with growing pauses, and after the last try put
 * on a list that people can read. Touches the store and the network.
 */
import { messageOf, type Clock } from "@gate/base";
import type { Store } from "@gate/contract";
import { createHmac } from "node:crypto";
import type { Log } from "../log.ts";
import { Throttle } from "../throttle.ts";
import type { NotifyConfig } from "./config.ts";
import { buttonValue } from "./button.ts";
import { bounded, cloudEvent, slackMessage, type Notice } from "./notice.ts";

export interface OutboxOptions {
  readonly config: NotifyConfig;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly randomId: (prefix: string) => string;
  readonly publicUrl: () => string;
  readonly fetch?: typeof fetch;
}

/** One notice on its way to one receiver, as the store keeps it. */
export interface Delivery {
  readonly id: string;
  /** `slack`, or the webhook's name. */
  readonly to: string;
  readonly notice: Notice;
  readonly tries: number;
  readonly nextMs: number;
  readonly lastError?: string;
}

export interface DeadLetter extends Delivery {
  readonly failedAtMs: number;
}

const KIND = "notice";
const DEAD = "dead-notice";

export class Outbox {
  readonly #options: OutboxOptions;
  /** Ids that are being sent now. */
  readonly #busy = new Set<string>();
  /** Notices of one session and kind: a job that fails in a loop must not fill channel and store. */
  readonly #told: Throttle;
  /** Deliveries in the store. */
  #kept = 0;
  #stopped = false;
  #cancel: () => void = () => undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#told = new Throttle(options.clock, { windowMs: 60_000, max: NOTICES_PER_MINUTE_MAX });
  }

  /** Takes up what an earlier gateway could not deliver. */
  async start(): Promise<void> {
    this.#kept = (await this.#options.store.documents(KIND)).length;
    await this.#sweep();
  }

  /** Queues a notice for everybody who wants it. Never throws: a notice that is lost must not stop a command. */
  tell(notice: Omit<Notice, "id">): void {
    const { config, randomId, log } = this.#options;
    const whole: Notice = bounded({ ...notice, id: randomId("ntc") });
    const receivers = [
      ...(config.slack?.events.includes(notice.kind) === true ? ["slack"] : []),
      ...config.webhooks.filter(({ events }) => events.includes(notice.kind)).map(({ name }) => name),
    ];
    if (receivers.length === 0) return;
    const who = `${notice.session} ${notice.kind}`;
    if (this.#told.blocked(who) || this.#kept + receivers.length > NOTICES_KEPT_MAX) {
      log.warn({ session: notice.session, notice: notice.kind }, "too many notices: this one is in the record only");
      return;
    }
    this.#told.add(who);
    for (const to of receivers) {
      const delivery: Delivery = {
        id: `${whole.id}:${to}`,
        to,
        notice: whole,
        tries: 0,
        nextMs: this.#options.clock.now(),
      };
      this.#kept += 1;
      this.#keep(delivery).then(
        // The others wait for the next look at what is due.
        () => (this.#busy.size < SENDING_MAX ? void this.#send(delivery) : undefined),
        (error: unknown) => {
          this.#kept -= 1;
          log.error({ error: messageOf(error) }, "a notice was lost");
        },
      );
    }
  }

  async deadLetters(): Promise<readonly DeadLetter[]> {
    return (await this.#options.store.documents(DEAD)).map(({ body }) => body as DeadLetter);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  async #sweep(): Promise<void> {
    if (this.#stopped) return;
    const { clock, store, log } = this.#options;
    try {
      for (const { body } of await store.documents(KIND)) {
        const delivery = body as Delivery;
        if (delivery.nextMs <= clock.now() && this.#busy.size < SENDING_MAX) void this.#send(delivery);
      }
    } catch (error) {
      log.error({ error: messageOf(error) }, "notices cannot be read");
    }
    this.#cancel = clock.after(SWEEP_MS, () => void this.#sweep());
  }

  async #send(delivery: Delivery): Promise<void> {
    if (this.#busy.has(delivery.id) || this.#stopped) return;
    this.#busy.add(delivery.id);
    const { store, clock, log } = this.#options;
    try {
      const error = await this.#post(delivery);
      if (error === undefined) {
        await this.#forget(delivery);
        return;
      }
      const tries = delivery.tries + 1;
      if (tries < TRIES_MAX) {
        await this.#keep({
          ...delivery,
          tries,
          nextMs: clock.now() + PAUSE_MS * 4 ** delivery.tries,
          lastError: error,
        });
        return;
      }
      log.error({ to: delivery.to, notice: delivery.notice.kind, error }, "a notice could not be delivered");
      const dead: DeadLetter = { ...delivery, tries, lastError: error, failedAtMs: clock.now() };
      await store.putDocument(DEAD, delivery.id, dead, clock.now() + DEAD_MS_MAX);
      await this.#forget(delivery);
    } catch (error) {
      log.error({ error: messageOf(error) }, "the state of a notice cannot be written");
    } finally {
      this.#busy.delete(delivery.id);
    }
  }

  /** @returns why it did not arrive */
  async #post(delivery: Delivery): Promise<string | undefined> {
    const request = this.#request(delivery);
    if (request === undefined) return "this receiver is not configured any more";
    try {
      const response = await (this.#options.fetch ?? fetch)(request.url, {
        method: "POST",
        redirect: "error",
        headers: request.headers,
        body: request.body,
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      await response.body?.cancel();
      return response.ok ? undefined : `status ${response.status}`;
    } catch {
      // The address may be a secret (Slack): the library's message must not be kept.
      return "no answer";
    }
  }

  #request(
    delivery: Delivery,
  ): { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string } | undefined {
    const { config, clock, publicUrl } = this.#options;
    if (delivery.to === "slack") {
      const { slack } = config;
      if (slack === undefined) return undefined;
      const secret = slack.signingSecret;
      const valueOf = secret === undefined ? undefined : (id: string) => buttonValue(secret, id);
      const body = JSON.stringify(slackMessage(delivery.notice, valueOf));
      return { url: slack.webhookUrl.reveal(), headers: { "content-type": "application/json" }, body };
    }
    const webhook = config.webhooks.find(({ name }) => name === delivery.to);
    if (webhook === undefined) return undefined;
    const body = JSON.stringify(cloudEvent(delivery.notice, publicUrl()));
    const time = String(Math.floor(clock.now() / 1000));
    // Standard Webhooks: the id lets receivers drop doubles, the time lets them refuse what is old.
    const signed = createHmac("sha256", webhook.secret.reveal()).update(`${delivery.notice.id}.${time}.${body}`);
    return {
      url: webhook.url,
      headers: {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": delivery.notice.id,
        "webhook-timestamp": time,
        "webhook-signature": `v1,${signed.digest("base64")}`,
      },
      body,
    };
  }

  #keep(delivery: Delivery): Promise<void> {
    return this.#options.store.putDocument(KIND, delivery.id, delivery);
  }

  async #forget(delivery: Delivery): Promise<void> {
    if ((await this.#options.store.takeDocument(KIND, delivery.id)) !== undefined) this.#kept -= 1;
  }
}

/** Notices of one kind that a session causes in a minute; what comes more is in its record only. */
export const NOTICES_PER_MINUTE_MAX = 20;
/** Deliveries that wait in the store, of all sessions. */
export const NOTICES_KEPT_MAX = 5_000;
/** Tries of one delivery: over about six hours. */
const TRIES_MAX = 7;
/** Milliseconds until the second try; each pause is four times as long. */
const PAUSE_MS = 5_000;
/** Milliseconds between two looks at what is due. */
const SWEEP_MS = 5_000;
/** Milliseconds for one answer. */
const ANSWER_MS_MAX = 10_000;
/** Deliveries under way at once. */
const SENDING_MAX = 16;
/** Milliseconds for which a notice that could not be delivered is kept. */
const DEAD_MS_MAX = 30 * 24 * 3_600_000;
