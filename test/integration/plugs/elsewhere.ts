/** Samples that are no reading of their own: what they are, and the test in which each of them is used. */
interface Elsewhere {
  readonly why: string;
  readonly test: string;
  readonly ids: readonly string[];
}

const ANSWERS = 'test/unit/sources/plugwise/vectors.test.ts';
const REQUESTS = 'test/unit/sources/plugwise/vectors-requests.test.ts';
const named = (names: readonly string[]) => names.map((name) => `plugwise-${name}`);

export const ELSEWHERE: readonly Elsewhere[] = [
  {
    why: 'requests: the source writes these very bytes',
    test: REQUESTS,
    ids: named([
      'info-request',
      'power-request',
      'clock-request',
      'ping-request',
      'rtc-set-request',
      'relay-on-request',
      'relay-off-request',
      'log-request',
    ]),
  },
  {
    why: 'a request that only the stick of the library writes: the source never lets a Circle join',
    test: REQUESTS,
    ids: named(['join-node-request']),
  },
  {
    why: 'the first request: the source writes these very bytes',
    test: ANSWERS,
    ids: named(['init-request']),
  },
  {
    why: 'answers of the stick: it is ready, or the Circle is silent and gives no reading',
    test: ANSWERS,
    ids: named([
      'ack-accepted',
      'init-response',
      'init-response-3',
      'ack-then-timeout-1',
      'ack-then-timeout-2',
      'timeout-2',
      'unknown-message',
      'stream-noise',
      'allow-join-ack',
    ]),
  },
  {
    why: 'what a Circle is and how it stands: model and relay, through the source on a moved clock',
    test: ANSWERS,
    ids: named(['info-response', 'info-response-v1']),
  },
  {
    why: 'constants: 800 pulses become watts by them, through the source on a moved clock',
    test: ANSWERS,
    ids: named(['calibration-0098', 'calibration-2222', 'calibration-3333']),
  },
  { why: 'a calculation: firmware of 2008, through the source', test: ANSWERS, ids: named(['calc-v1']) },
  {
    why: 'confirms a switching, through the source',
    test: REQUESTS,
    ids: named(['relay-off-ack']),
  },
  {
    why: 'the log of an hour: energy, through the source on a moved clock',
    test: REQUESTS,
    ids: named(['log-response']),
  },
  {
    why: 'calculations on numbers, without a message',
    test: REQUESTS,
    ids: named(['calc-hourlog', 'calc-unit-3333', 'calc-minutewrap']),
  },
];
