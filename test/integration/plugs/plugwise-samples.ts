import { createServer } from 'node:net';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { answerWith, createScriptedStick, macIn } from '../../unit/sources/plugwise/scripted-stick.ts';
import { decoded, type Meaning, vector } from './published.ts';

/** A power answer that a real source must make its watts of, and the calibration that belongs to it. */
export interface PowerSample extends Meaning {
  readonly id: string;
  readonly calibration: string | undefined;
}

const LONGER = 'watts are told of the eight seconds, which are steadier';
const HOUR = 'the counter of the hour is read with energyLog: true';
const OTHER = 'the same pulses by the formula of another program';
const UNPUBLISHED = {
  message: 'says which message it is',
  seq: 'number of the message',
  mac: 'says whose message it is',
  time_offset: 'a few nanoseconds of eight seconds',
  calibration_id: 'the constants that come before it',
  ...{ pulses_1s: LONGER, p_1s_nominal: LONGER, p_1s: LONGER, p_1s_without_time_offset: LONGER },
  ...{ p_1s_plugwise2py: LONGER, p_1s_plugwise_usb: LONGER },
  pulses_8s: 'what p is made of',
  ...{ pulses_hour_consumed: HOUR, pulses_hour_produced: HOUR, energy_this_hour: HOUR },
  p_8s_other_convention: OTHER,
};

function power(id: string, field: string, tolerance: number): PowerSample {
  const calibration = decoded(id, 'calibration_id');
  return {
    id,
    calibration: calibration === undefined ? undefined : String(calibration),
    keys: { [field]: 'plug/p' },
    unpublished: UNPUBLISHED,
    also: { 'plug/relay': 1 },
    tolerance,
  };
}

export const POWER_SAMPLES: readonly PowerSample[] = [
  ...['2010-1', '2010-2', '2010-3', '2010-5', '2024-1', '2024-2'].map((name) =>
    power(`plugwise-power-${name}`, 'p_8s_nominal', 2e-4),
  ),
  power('plugwise-power-calibrated-negative', 'p_8s', 1e-8),
  power('plugwise-power-zero-and-minus-one', 'p_8s_plugwise_usb', 0),
];

/** The stick of the unit tests behind a serial server, for one Circle with the published answer. */
export async function startStickServer({ id, calibration }: PowerSample) {
  const line = createScriptedStick(inRealTime(), (asked) => {
    if (asked.id === '0012') return answerWith(id);
    return asked.id === '0026' && calibration !== undefined ? answerWith(calibration) : undefined;
  });
  const server = createServer(async (socket) => {
    socket.on('error', () => {});
    const stream = await line.opener.open(new AbortController().signal);
    stream.onData((bytes) => void socket.write(bytes));
    // A request may come in two pieces; it ends with CR LF.
    let held = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      held = Buffer.concat([held, bytes]);
      for (let end = held.indexOf('\r\n'); end >= 0; end = held.indexOf('\r\n')) {
        void stream.write(held.subarray(0, end + 2));
        held = held.subarray(end + 2);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    section: {
      type: 'plugwise',
      connection: `tcp://127.0.0.1:${port}`,
      devices: [{ id: 'plug', mac: macIn(vector(id).id), interval: 1 }],
    },
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

/** Answers take the time of this computer. */
function inRealTime(): ManualClock {
  return Object.create(createManualClock(), {
    now: { value: () => Date.now() },
    monotonicMs: { value: () => performance.now() },
    arrive: { value: (ms: number, onArrival: () => void) => void setTimeout(onArrival, ms) },
  });
}
