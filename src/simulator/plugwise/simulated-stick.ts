import type { Clock } from '../../lib/clock.ts';
import { createChance } from '../noise.ts';
import { plugIn, type RunningCircle, type SimulatedCircle } from './simulated-circle.ts';
import { createStickFaultChooser, type StickFaultRule } from './stick-faults.ts';
import { type ArrivedText, createRequestCollector, frameBytes, hex } from './stick-frames.ts';

export interface SimulatedStickOptions {
  /** The first one is the Circle+. */
  readonly circles: readonly SimulatedCircle[];
  /** From a request to the Circle's answer. */
  readonly answerMs?: number;
  readonly clock: Clock;
  readonly seed?: number;
  readonly faults?: readonly StickFaultRule[];
  readonly mac?: string;
}

/** The host's side of the wire. */
export interface StickPort {
  write(bytes: Uint8Array): void;
  /** Called when the stick is pulled out. */
  hangUp?(): void;
}

export interface SimulatedStick {
  /** Another host on the wire; it gets the answers to its own requests. */
  connect(port: StickPort): { receive(bytes: Uint8Array): void; close(): void };
  readonly circles: ReadonlyMap<string, RunningCircle>;
  /** The last requests, oldest first: id, MAC and wall-clock time. */
  readonly requests: readonly {
    readonly id: string;
    readonly mac: string | undefined;
    readonly at: number;
  }[];
  /** Sends a text that nobody asked for (without its checksum) to every host. */
  announce(text: string): void;
  /** Other faults from now on. */
  setFaults(rules: readonly StickFaultRule[]): void;
  /** Pulled out: every host is hung up, nothing is heard or said until `plugIn`. */
  unplug(): void;
  plugIn(): void;
  readonly isPluggedIn: boolean;
}

const ACK_MS = 12;
const ANSWER_MS = 100;
const GIVE_UP_MS = 1570;
const LAST_SEQUENCE = 0xfffb;
const NETWORK = 'CA';
const KEPT_REQUESTS = 5000;
const WITHOUT_MAC = new Set(['000A', '0001', '0008', '003B']);
const DEBUG_LINE = '\x83PutFifoUnicast 40 : Handle 25 : 000D6F0001A5A3AF\r\n';

/** A Plugwise stick with its Circles, for any pair of functions that carry bytes. */
export function createSimulatedStick(options: SimulatedStickOptions): SimulatedStick {
  return new Stick(options);
}

interface Request {
  readonly id: string;
  readonly mac: string | undefined;
  readonly fields: string;
  readonly sequence: string;
  readonly fault: StickFaultRule | undefined;
}

class Stick implements SimulatedStick {
  readonly circles = new Map<string, RunningCircle>();
  readonly requests: { id: string; mac: string | undefined; at: number }[] = [];
  readonly #options: SimulatedStickOptions;
  readonly #answerMs: number;
  readonly #ackMs: number;
  readonly #ports = new Set<StickPort>();
  readonly #random: () => number;
  readonly #lastAnswers = new Map<string, string>();
  #chooseFault: ReturnType<typeof createStickFaultChooser>;
  #sequence: number;
  isPluggedIn = true;

  constructor(options: SimulatedStickOptions) {
    const chance = createChance(options.seed ?? 1, 0x571c);
    this.#options = options;
    this.#answerMs = options.answerMs ?? ANSWER_MS;
    // The stick accepts before the Circle answers, however quick that is.
    this.#ackMs = Math.min(ACK_MS, this.#answerMs / 2);
    this.#random = () => chance.next();
    this.#sequence = chance.wholeBetween(0, LAST_SEQUENCE);
    this.#chooseFault = createStickFaultChooser(options.faults ?? [], this.#random);
    const now = options.clock.now();
    options.circles.forEach((circle, n) => {
      if (!/^[0-9A-F]{16}$/.test(circle.mac)) throw new RangeError(`"${circle.mac}" is no MAC of a Circle`);
      this.circles.set(circle.mac, plugIn(circle, n === 0, now));
    });
  }

  connect(port: StickPort) {
    this.#ports.add(port);
    const collect = createRequestCollector();
    if (!this.isPluggedIn) port.hangUp?.();
    return {
      receive: (bytes: Uint8Array) => {
        if (!this.isPluggedIn) return;
        for (const arrived of collect(bytes)) this.#take(arrived, port);
      },
      close: () => void this.#ports.delete(port),
    };
  }

  announce(text: string): void {
    for (const port of this.#ports) this.#send(port, frameBytes(text), 0);
  }

  setFaults(rules: readonly StickFaultRule[]): void {
    this.#chooseFault = createStickFaultChooser(rules, this.#random);
  }

  unplug(): void {
    this.isPluggedIn = false;
    for (const port of [...this.#ports]) port.hangUp?.();
  }

  plugIn(): void {
    this.isPluggedIn = true;
  }

  #take({ text, isIntact }: ArrivedText, port: StickPort): void {
    const id = text.slice(0, 4);
    const mac = WITHOUT_MAC.has(id) ? undefined : text.slice(4, 20);
    this.#sequence = this.#sequence >= LAST_SEQUENCE ? 0 : this.#sequence + 1;
    const sequence = hex(this.#sequence, 4);
    const fault = this.#chooseFault(id, mac);
    const request = { id, mac, fields: text.slice(mac === undefined ? 4 : 20), sequence, fault };
    this.requests.push({ id, mac, at: this.#options.clock.now() });
    if (this.requests.length > KEPT_REQUESTS) this.requests.splice(0, KEPT_REQUESTS / 2);
    if (fault?.fault === 'no-ack') return;
    const code = ackCode(isIntact, fault);
    // The answer is set off by the acceptance: on a busy computer two timers may fire in the wrong order.
    this.#later(this.#ackMs, () => {
      this.#send(port, frameBytes(`0000${sequence}${code}`), 0);
      if (code === '00C1') this.#answer(request, port);
    });
    if (fault?.fault === 'ack-twice')
      this.#send(port, frameBytes(`0000${sequence}${code}`), this.#ackMs + (fault.value ?? 5));
  }

  #answer(request: Request, port: StickPort): void {
    const { sequence, fault } = request;
    const circle = request.mac === undefined ? undefined : this.circles.get(request.mac);
    const giveUp = () => this.#send(port, frameBytes(`0000${sequence}00E1`), GIVE_UP_MS);
    const isSilent = request.mac !== undefined && (circle === undefined || circle.isDead);
    if (isSilent || fault?.fault === 'dead') {
      giveUp();
      return;
    }
    const isLate = fault?.fault === 'late';
    if (isLate) giveUp();
    const afterMs = isLate ? GIVE_UP_MS + (fault.value ?? 400) : this.#answerMs - this.#ackMs;
    // The Circle measures when it answers, not when it was asked.
    this.#later(afterMs, () => {
      const text = this.#textOf(request, circle);
      if (text === undefined) giveUp();
      else this.#deliver(request, text, port);
    });
  }

  #textOf({ id, mac, fields, sequence }: Request, circle: RunningCircle | undefined): string | undefined {
    const now = this.#options.clock.now();
    if (id === '000A') return `0011${sequence}${this.#network()}`;
    if (circle === undefined || mac === undefined) return undefined;
    if (id === '0018') return `0019${sequence}${mac}${this.#tableEntry(fields)}`;
    const answer = circle.answer(id, fields, now);
    if (answer === undefined) return undefined;
    const number = circle.options.firmware === 'v1' ? '' : sequence;
    // In acknowledgements the code comes before the MAC.
    return answer.id === '0000'
      ? `0000${number}${answer.fields}${mac}`
      : `${answer.id}${number}${mac}${answer.fields}`;
  }

  #network(): string {
    const plus = this.#options.circles[0]?.mac ?? '0000000000000000';
    const own = this.#options.mac ?? '000D6F0000998877';
    return `${own}0101${NETWORK}${plus.slice(2)}8DCAFF`;
  }

  #tableEntry(index: string): string {
    const others = this.#options.circles.slice(1);
    return `${others[Number.parseInt(index, 16)]?.mac ?? 'FFFFFFFFFFFFFFFF'}${index}`;
  }

  #deliver(request: Request, text: string, port: StickPort): void {
    const { mac, fault } = request;
    const bytes = this.#frameOf(text, request);
    const before = this.#lastAnswers.get(mac ?? '');
    this.#lastAnswers.set(mac ?? '', text);
    const value = fault?.value;
    switch (fault?.fault) {
      case 'twice':
        this.#send(port, bytes, value ?? 5);
        break;
      case 'stale':
        if (before !== undefined) this.#send(port, frameBytes(before), 0);
        break;
      case 'noise':
        this.#send(port, Uint8Array.of(0x83, ...this.#noise(value ?? 6)), 0);
        break;
      case 'debug-line':
        this.#send(port, Buffer.from(DEBUG_LINE, 'latin1'), 0);
        break;
      case 'pieces':
        for (let n = 0, from = 0; from < bytes.length; n++, from += value ?? 7)
          this.#send(port, bytes.slice(from, from + (value ?? 7)), 2 * n);
        return;
    }
    this.#send(port, bytes, 0);
  }

  #frameOf(text: string, { mac = '', sequence, fault }: Request): Uint8Array {
    switch (fault?.fault) {
      case 'crc':
        return frameBytes(text, true);
      case 'other-mac':
        return frameBytes(text.replace(mac, '000D6F00DEADBEEF'));
      case 'other-sequence':
        return frameBytes(text.replace(sequence, '7A7A'));
      default:
        return frameBytes(text);
    }
  }

  #noise(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.#random() * 256));
  }

  #send(port: StickPort, bytes: Uint8Array, afterMs: number): void {
    const write = () => {
      if (this.isPluggedIn && this.#ports.has(port)) port.write(bytes);
    };
    if (afterMs <= 0) write();
    else this.#later(afterMs, write);
  }

  #later(ms: number, then: () => void): void {
    this.#options.clock.timer(ms, then);
  }
}

function ackCode(isIntact: boolean, fault: StickFaultRule | undefined): string {
  if (!isIntact || fault?.fault === 'invalid') return '00C2';
  return fault?.fault === 'not-allowed' ? '00C3' : '00C1';
}
