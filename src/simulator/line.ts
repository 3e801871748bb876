import type { LineSettings } from '../config/types.ts';
import type { Clock } from '../lib/clock.ts';
import { createFaultChooser, emissionsOf, type FaultRule } from './faults.ts';
import { asciiFraming, type Framing, rtuFraming } from './framing.ts';
import type { MeterModel } from './meter-model.ts';
import { createChance } from './noise.ts';
import { type ArrivedRequest, createReceiver, type Receiver } from './receiver.ts';
import { createRequestLog, type RequestRecord } from './request-log.ts';
import { createResponder, type Responder } from './responder.ts';
import { createTransmitter, type LinePort } from './transmitter.ts';
import { createWireWait, wireNow } from './wire-wait.ts';

export interface LineOptions {
  readonly units: ReadonlyMap<number, MeterModel>;
  /** `mbap` has no characters on a wire: only the turnaround is paced. */
  readonly framing: 'rtu' | 'ascii' | 'mbap';
  /** Default: 9600 baud, 8N1. */
  readonly settings?: LineSettings;
  /** Whether characters take their time on the wire; else every answer comes at once. */
  readonly paced: boolean;
  /** Time between the end of a request (and its 3.5 silent characters) and the begin of the answer. */
  readonly turnaroundMs: number;
  readonly clock: Clock;
  readonly seed?: number;
  readonly faults?: readonly FaultRule[];
  readonly onRequest?: (record: RequestRecord) => void;
  /** Called when the last byte of an answer has been written: when that was, by the wall clock. */
  readonly onAnswer?: (lastByteAt: number) => void;
}

/** An answer that modbus-serial made, on its way through the faults to the wire. */
interface MadeAnswer {
  readonly request: ArrivedRequest;
  readonly body: Uint8Array;
  readonly frame?: Uint8Array;
  readonly framing: Framing;
}

/**
 * A half-duplex line with units on it. The line keeps a virtual clock of its wire: a request takes the time
 * of its characters although a pseudo-terminal or a socket hands it over at once, then come 3.5 silent
 * characters, the turnaround, and the answer character by character.
 *
 * A second request while one is under way is not lost: its unit answers it after the first. Answers never
 * overlap; the one that is due later follows. Units that are not on the line stay silent.
 */
export interface Line {
  readonly options: LineOptions;
  /** The last 1000 requests, oldest first. */
  readonly log: readonly RequestRecord[];
  /** Replaces all faults; counting starts again. */
  setFaults(rules: readonly FaultRule[]): void;
  /** A client on the line; what it sends goes to `receive`. */
  connect(port: LinePort): Receiver;
  /** For a wire whose answers are made elsewhere (Modbus TCP): the faults, the log and the pace. */
  send(answer: MadeAnswer, port: LinePort): void;
  /** Notes a request that nobody will answer. */
  ignore(request: ArrivedRequest): void;
  close(): void;
}

const USUAL_LINE: LineSettings = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 };

/** Time of one character on the wire: start bit, data bits, parity, stop bits. */
function characterMs({ baud, dataBits, parity, stopBits }: LineSettings): number {
  return ((1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits) * 1000) / baud;
}

/** What the settings of a line mean in time: of a character, and between a request's end and its answer. */
function timingOf({ framing, paced, turnaroundMs, settings = USUAL_LINE }: LineOptions) {
  if (!paced) return { character: 0, beforeAnswerMs: 0 };
  if (framing === 'mbap') return { character: 0, beforeAnswerMs: turnaroundMs };
  const character = characterMs(settings);
  // Above 19200 baud the silence is fixed (Modbus over serial line, 2.5.1.1); ASCII has a mark at the end.
  const silentMs = settings.baud > 19_200 ? 1.75 : 3.5 * character;
  return { character, beforeAnswerMs: (framing === 'rtu' ? silentMs : 0) + turnaroundMs };
}

export function createLine(options: LineOptions): Line {
  const { units, framing, clock } = options;
  const { character, beforeAnswerMs } = timingOf(options);
  const chance = createChance(options.seed ?? 0, 900);
  const wait = createWireWait(clock);
  let isClosed = false;
  const transmitter = createTransmitter(character, wait, {
    isClosed: () => isClosed,
    onSent: () => options.onAnswer?.(clock.now()),
  });
  const log = createRequestLog(clock, options.onRequest);
  const readyMs = new Map<number, number>();
  let chooseFault = createFaultChooser(options.faults ?? [], chance.next);
  const ignore = ({ body }: ArrivedRequest) => log.note(body, undefined, units.has(body[0] ?? 0));

  const send = ({ request, body, frame, framing: seal }: MadeAnswer, port: LinePort) => {
    if (isClosed) return;
    const unitId = request.body[0] ?? 0;
    const fault = chooseFault(unitId);
    log.note(request.body, fault?.fault, true);
    const requestEndMs = endOf(request, character);
    const made = { body, request: request.frame, framing: seal, random: chance.next };
    const emissions = emissionsOf(frame === undefined ? made : { ...made, frame }, fault);
    const echo = emissions.filter((emission) => emission.isAtRequestEnd === true);
    transmitter.send({ dueMs: requestEndMs, emissions: echo, port });
    const answer = emissions.filter((emission) => emission.isAtRequestEnd !== true);
    const [first] = answer;
    if (first === undefined) return;
    // One unit answers one request after the other.
    const dueMs = Math.max(requestEndMs + beforeAnswerMs + first.waitMs, readyMs.get(unitId) ?? 0);
    readyMs.set(unitId, dueMs);
    transmitter.send({ dueMs, emissions: answer, port });
  };

  return {
    options,
    log: log.records,
    setFaults: (rules) => {
      chooseFault = createFaultChooser(rules, chance.next);
    },
    send,
    ignore,
    connect: (port) =>
      connectClient(clock, framing, createResponder(units), { send: (answer) => send(answer, port), ignore }),
    close() {
      isClosed = true;
      wait.close();
    },
  };
}

function connectClient(
  clock: Clock,
  framing: LineOptions['framing'],
  respond: Responder,
  { send, ignore }: { readonly send: (answer: MadeAnswer) => void; readonly ignore: Line['ignore'] },
): Receiver {
  const own = framing === 'ascii' ? asciiFraming : rtuFraming;
  return createReceiver(framing === 'ascii' ? 'ascii' : 'rtu', clock, (request) => {
    void respond(request.body).then((body) => {
      if (body === undefined) ignore(request);
      else send({ request, body, framing: own });
    });
  });
}

// A socket hands a request over at once; on the wire its characters follow each other.
function endOf({ firstByteMs, lastByteMs, frame }: ArrivedRequest, character: number): number {
  return Math.max(lastByteMs, firstByteMs + frame.length * character);
}

/** When a request is taken to have arrived, for wires that hand over whole requests. */
export function arrivedNow(body: Uint8Array, frame: Uint8Array): ArrivedRequest {
  const now = wireNow();
  return { body, frame, firstByteMs: now, lastByteMs: now };
}
