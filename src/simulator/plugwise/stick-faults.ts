/** What can go wrong between a program, the stick and the Circles. */
const STICK_FAULTS = {
  dead: 'the Circle does not answer: the stick says so 1.57 s later',
  late: 'the stick gives the Circle up, whose answer comes `value` ms after that (default 400)',
  twice: 'the answer comes again, `value` ms later (default 5)',
  'ack-twice': 'the stick accepts twice, `value` ms apart (default 5)',
  'no-ack': 'the stick takes no notice of the request',
  invalid: 'the stick finds the request damaged (C2)',
  'not-allowed': 'the stick asks to try again (C3)',
  crc: 'the checksum of the answer is wrong',
  'other-mac': 'another Circle’s MAC stands in the answer',
  'other-sequence': 'the answer carries a sequence number of its own',
  stale: 'the Circle’s answer before this one comes again, ahead of the answer',
  noise: '0x83 and `value` bytes of noise before the answer (default 6)',
  'debug-line': 'a line of the stick’s own log before the answer',
  pieces: 'the answer arrives in pieces of `value` bytes (default 7), 2 ms apart',
} as const;

export type StickFault = keyof typeof STICK_FAULTS;

/** When which fault happens; requests are counted from 1 for each rule, among those it is meant for. */
export interface StickFaultRule {
  readonly fault: StickFault;
  readonly value?: number;
  readonly macs?: readonly string[];
  /** Ids of requests: `0012` for power. */
  readonly ids?: readonly string[];
  readonly every?: number;
  readonly probability?: number;
  readonly from?: number;
  /** Most often that it happens. */
  readonly count?: number;
}

/** Chooses the fault of each request: the first rule that applies. */
export function createStickFaultChooser(rules: readonly StickFaultRule[], random: () => number) {
  const states = rules.map((rule) => ({ rule, seen: 0, hits: 0 }));
  return (id: string, mac: string | undefined): StickFaultRule | undefined => {
    for (const state of states) {
      const { rule } = state;
      if (rule.ids !== undefined && !rule.ids.includes(id)) continue;
      if (rule.macs !== undefined && (mac === undefined || !rule.macs.includes(mac))) continue;
      state.seen++;
      if (state.seen < (rule.from ?? 1) || state.hits >= (rule.count ?? Number.POSITIVE_INFINITY)) continue;
      if (rule.every !== undefined && state.seen % rule.every !== 0) continue;
      if (rule.probability !== undefined && random() >= rule.probability) continue;
      state.hits++;
      return rule;
    }
    return undefined;
  };
}
