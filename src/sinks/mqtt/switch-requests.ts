import type { Notice } from '../../domain/event.ts';
import type { Statistics, SwitchState } from '../../domain/source.ts';
import type { Clock } from '../../lib/clock.ts';
import type { MqttLink } from '../../transports/mqtt-link.ts';
import type { MqttMessage } from '../../transports/mqtt-session.ts';

/** Switches a plug; resolves when it has confirmed, rejects with an Error that says why not. */
export type OnSwitch = (deviceId: string, state: SwitchState) => Promise<void>;

export interface SwitchSurroundings {
  readonly root: string;
  /** Topic of the requests. */
  readonly topic: string;
  readonly link: MqttLink;
  readonly clock: Clock;
  readonly onSwitch: OnSwitch;
  /** Tells of what nobody gets an answer to. */
  tell(level: Notice['level'], code: string, message: string, deviceId?: string): void;
}

interface SwitchRequest {
  readonly deviceId: string;
  readonly state: SwitchState;
}

const MAX_OUTSTANDING = 4;
const MAX_REQUEST_BYTES = 1024;
const MAX_CORRELATION_BYTES = 1024;
const MAX_RESPONSE_TOPIC = 512;
const MAX_SHOWN = 200;
/** A plug that has not confirmed by then is taken to be out of reach. */
const CONFIRM_MS = 30_000;
const FORM = '{"device":"fridge","state":"on"} or "off"';

/**
 * Requests to switch plugs: `{"device":"fridge","state":"off"}` on `gateway/cmd/switch`, answered on the
 * response topic of MQTT 5, or by an event where the request names none.
 */
export class SwitchRequests {
  #outstanding = 0;
  /** Malformed requests without an answer are told of once, until a sound one comes. */
  #hasToldMalformed = false;
  readonly #count = { done: 0, failed: 0, malformed: 0, retained: 0, busy: 0 };

  constructor(private readonly around: SwitchSurroundings) {}

  accept(message: MqttMessage): void {
    if (message.topic !== this.around.topic) return;
    // It was meant for the moment at which it was sent, which may be weeks ago.
    if (message.isRetained) {
      this.#count.retained += 1;
      return;
    }
    const request = parseRequest(message.payload);
    if (typeof request === 'string') {
      this.#count.malformed += 1;
      const isAnswered = this.#answer(message, request);
      if (!isAnswered && !this.#hasToldMalformed)
        this.around.tell('warn', 'switch-malformed', `a request to switch was ignored: ${request}`);
      if (!isAnswered) this.#hasToldMalformed = true;
      return;
    }
    this.#hasToldMalformed = false;
    if (this.#outstanding >= MAX_OUTSTANDING) {
      this.#count.busy += 1;
      this.#fail(
        message,
        request,
        `${MAX_OUTSTANDING} requests are still being carried out; ask again later`,
      );
      return;
    }
    void this.#carryOut(message, request);
  }

  async #carryOut(message: MqttMessage, request: SwitchRequest): Promise<void> {
    this.#outstanding += 1;
    const problem = await this.#switch(request);
    this.#outstanding -= 1;
    if (problem !== undefined) {
      this.#count.failed += 1;
      this.#fail(message, request, problem);
      return;
    }
    this.#count.done += 1;
    if (this.#answer(message, undefined)) return;
    const { deviceId, state } = request;
    this.around.tell('info', 'switched', `${deviceId} was switched ${state} by request`, deviceId);
  }

  /** Undefined when it is done, else why not. Never rejects. */
  #switch({ deviceId, state }: SwitchRequest): Promise<string | undefined> {
    return new Promise((resolve) => {
      const seconds = CONFIRM_MS / 1000;
      const cancel = this.around.clock.timer(CONFIRM_MS, () =>
        resolve(`it was asked for, but not confirmed within ${seconds} s`),
      );
      const settle = (problem: string | undefined) => {
        cancel();
        resolve(problem);
      };
      const fail = (error: unknown) => settle(error instanceof Error ? error.message : String(error));
      try {
        this.around.onSwitch(deviceId, state).then(() => settle(undefined), fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  #fail(message: MqttMessage, { deviceId, state }: SwitchRequest, problem: string): void {
    if (this.#answer(message, problem)) return;
    this.around.tell('warn', 'switch-failed', `${shown(deviceId)} was not switched ${state}: ${problem}`);
  }

  /** False where the request names no topic that an answer may go to. */
  #answer({ responseTopic, correlationData }: MqttMessage, problem: string | undefined): boolean {
    if (responseTopic === undefined || !isAnswerTopic(responseTopic, this.around)) return false;
    if ((correlationData?.length ?? 0) > MAX_CORRELATION_BYTES) return false;
    const answer = problem === undefined ? { ok: true } : { ok: false, error: problem };
    const options = {
      qos: 1,
      retain: false,
      contentType: 'application/json',
      ...(correlationData === undefined ? {} : { correlationData }),
    } as const;
    // Who asked and went away does not wait for the answer.
    this.around.link.publish(responseTopic, JSON.stringify(answer), options).catch(() => {});
    return true;
  }

  statistics(): Statistics {
    return { ...this.#count, outstanding: this.#outstanding };
  }
}

/** The request, or what is wrong with it. */
function parseRequest(payload: Buffer): SwitchRequest | string {
  if (payload.length > MAX_REQUEST_BYTES) return `it has ${payload.length} bytes; send ${FORM}`;
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    return `it is not JSON; send ${FORM}`;
  }
  const deviceId = ownText(content, 'device');
  if (deviceId === undefined || deviceId === '') return `"device" is missing or no text; send ${FORM}`;
  const state = ownText(content, 'state');
  if (state !== 'on' && state !== 'off') return `"state" is neither "on" nor "off"; send ${FORM}`;
  return { deviceId, state };
}

function ownText(content: unknown, key: string): string | undefined {
  if (typeof content !== 'object' || content === null || !Object.hasOwn(content, key)) return undefined;
  const value = (content as Record<string, unknown>)[key];
  return typeof value === 'string' ? value : undefined;
}

/**
 * Whoever may ask must not make the gateway speak where he may not: no topic of the tree itself but below
 * `gateway/cmd`, nothing of the broker's own, no wildcards.
 */
function isAnswerTopic(topic: string, { root, topic: requests }: SwitchSurroundings): boolean {
  if (topic === '' || topic.length > MAX_RESPONSE_TOPIC || topic.startsWith('$')) return false;
  if (/[+#\p{Cc}]/u.test(topic)) return false;
  const commands = requests.slice(0, requests.lastIndexOf('/') + 1);
  const isInTree = topic === root || topic.startsWith(`${root}/`);
  return !isInTree || (topic.startsWith(commands) && topic !== requests);
}

function shown(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ').slice(0, MAX_SHOWN);
}
