import { describe, expect, it } from 'vitest';
import { type Candidate, conclude } from '../../../src/commands/scan/identify-unit.ts';
import { likelySettings, likelyUnits, settingsText } from '../../../src/commands/scan/line-settings.ts';
import { judgeReadings } from '../../../src/commands/scan/plausibility.ts';
import { createProgress } from '../../../src/commands/scan/progress.ts';
import type { FoundUnit } from '../../../src/commands/scan/scan-bus.ts';
import { chooseUnits, formatScanConfig } from '../../../src/commands/scan/scan-config.ts';
import { scanPage } from '../../../src/commands/scan/scan-page.ts';
import { parseConnection } from '../../../src/config/connection.ts';
import type { Connection } from '../../../src/config/types.ts';
import { profile, row } from './example-meter.ts';

const serial = (baud: number, parity: 'none' | 'even', unitId?: number) =>
  profile({
    registers: [row({ code: 'v', address: 0 })],
    serial: { baud, parity, stopBits: 1, ...(unitId === undefined ? {} : { unitId }) },
  });

describe('the settings to try', () => {
  const profiles = [
    serial(19_200, 'even'),
    serial(9600, 'none', 1),
    serial(9600, 'none', 126),
    serial(300, 'none'),
  ];

  it('begin with those that most models leave the factory with', () => {
    const texts = likelySettings(profiles, { bauds: undefined, parities: undefined }, 8).map(settingsText);
    expect(texts.slice(0, 3)).toEqual(['9600 8N1', '19200 8E1', '300 8N1']);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).toContain('115200 8E1');
  });

  it('are those that the user wants, and no others', () => {
    const wishes = { bauds: [1200, 19_200], parities: ['odd', 'even'] as const };
    expect(likelySettings(profiles, wishes, 8).map(settingsText)).toEqual([
      '19200 8E1',
      '1200 8O1',
      '1200 8E1',
      '19200 8O1',
    ]);
  });

  it('go with the units at which meters mostly stand', () => {
    expect(likelyUnits([250, 1, 10, 11, 126], profiles)).toEqual([1, 10, 126]);
  });
});

describe('plausible values', () => {
  it('speak for a model', () => {
    const { score, speaksFor, speaksAgainst } = judgeReadings(
      [
        { code: 'f', value: 49.98 },
        { code: 'v', phase: 'l1', value: 231.4 },
        { code: 'p', value: 400 },
        { code: 's', value: 460 },
      ],
      0,
      4,
    );
    expect(score).toBe(7);
    expect(speaksFor[0]).toBe('f 49.98 Hz');
    expect(speaksFor[1]).toBe('v_l1 231.4 V');
    expect(speaksAgainst).toEqual([]);
  });

  it.each([
    ['words in the wrong order', [{ code: 'v', value: 1.2e-38 } as const], 'v 1.2e-38 V'],
    ['a frequency of another register', [{ code: 'f', value: 231 } as const], 'f 231 Hz'],
    [
      'more active than apparent power',
      [{ code: 'p', value: 900 } as const, { code: 's', value: 100 } as const],
      'beyond',
    ],
    ['a power factor over one', [{ code: 'pf', value: 1.5 } as const], 'pf 1.5'],
  ])('%s speak against it', (_, readings, text) => {
    const { score, speaksAgainst } = judgeReadings(readings, 0, 0);
    expect(score).toBeLessThan(0);
    expect(speaksAgainst.join()).toContain(text);
  });
});

const candidate = (id: string, score: number, given: Partial<Candidate> = {}): Candidate => ({
  profile: { ...serial(9600, 'none'), id, manufacturer: 'Ma: ker', model: `#${id}` },
  score,
  wordOrder: undefined,
  speaksFor: ['f 50 Hz'],
  speaksAgainst: [],
  ...given,
});

describe('the verdict on a unit', () => {
  it.each([
    [[24, 5], 'identified', 2],
    [[9, 6, 2], 'likely', 2],
    [[9, 7], 'ambiguous', 2],
    [[3, 1, -8], 'unknown', 0],
    [[], 'unknown', 0],
  ] as const)('scores %j are %s', (scores, certainty, count) => {
    const verdict = conclude(scores.map((score, index) => candidate(`m${index}`, score)));
    expect(verdict.certainty).toBe(certainty);
    expect(verdict.candidates).toHaveLength(count);
  });
});

function unit(unitId: number, url: string, candidates: readonly Candidate[]): FoundUnit {
  const connection = parseConnection(url) as Connection; // the URLs of this file are right
  const verdict = conclude(candidates);
  return {
    unitId,
    connection,
    identity: { ...verdict, deviceIdentification: undefined, serverId: undefined },
  };
}

describe('the configuration that a scan prints', () => {
  const found = [
    unit(1, 'rtu:/dev/x?baud=9600', [candidate('a', 9, { wordOrder: 'little' })]),
    unit(2, 'rtu:/dev/x?baud=2400', [candidate('a', 9)]),
    unit(7, 'rtu:/dev/x?baud=9600', [candidate('b', 8), candidate('c', 7)]),
    unit(8, 'rtu:/dev/x?baud=9600', []),
  ];

  it('holds the settings with which most units were recognised, under a name that stays', () => {
    const config = chooseUnits(found);
    expect(config?.leftOut.map((each) => each.unitId)).toEqual([2, 8]);
    const yaml = config === undefined ? '' : formatScanConfig(config, () => '/dev/serial/by-id/y');
    expect(yaml).toContain('connection: rtu:/dev/serial/by-id/y?baud=9600&parity=none\n');
    expect(yaml).toContain(
      'id: meter_1\n        name: "Ma: ker #a"\n        meter: a\n        unit: 1\n        wordOrder: little',
    );
    expect(yaml).toContain('id: meter_7');
    expect(yaml).not.toContain('meter_8');
  });

  it('has everything else as comments, what speaks for each candidate among it', () => {
    const config = chooseUnits(found);
    const notes = ['Look here.'];
    const page = scanPage({ units: found, notes, isInterrupted: false }, config, 'sources: []\n');
    expect(page.filter((line) => line !== '' && !line.startsWith('#'))).toEqual(['sources: []']);
    const text = page.join('\n');
    expect(text).toContain('Unit 7, b: f 50 Hz');
    expect(text).toContain('Unit 7, c: f 50 Hz');
    expect(text).toContain('Unit 8 answers, and no profile fits it.');
    expect(text).toContain('Unit 2 has other settings than the rest (2400 8N1)');
    expect(text).toContain('# Look here.');
  });

  it('asks for two stop bits where all models want them', () => {
    const two = { baud: 9600, parity: 'none', stopBits: 2 } as const;
    const own = candidate('a', 9, { profile: { ...serial(9600, 'none'), serial: two } });
    const config = chooseUnits([unit(1, 'rtu:/dev/x?baud=9600', [own])]);
    expect(config?.connection.line?.stopBits).toBe(2);
  });

  it('is none where nothing was recognised', () => {
    expect(chooseUnits([unit(8, 'tcp://h', [])])).toBeUndefined();
  });
});

describe('progress', () => {
  const written = (isTTY: boolean) => {
    let text = '';
    const progress = createProgress({
      isTTY,
      write: (part) => {
        text += part;
      },
    });
    progress.begin('9600 8N1');
    progress.at('unit 1');
    progress.at('unit 2');
    progress.say('unit 2 answers');
    progress.end();
    return text;
  };

  it('rewrites one line on a terminal', () => {
    expect(written(true)).toBe(
      '\r\x1b[K9600 8N1\r\x1b[K9600 8N1: unit 1\r\x1b[K9600 8N1: unit 2\r\x1b[Kunit 2 answers\n\r\x1b[K',
    );
  });

  it('writes few lines elsewhere, without control characters', () => {
    expect(written(false)).toBe('9600 8N1\nunit 2 answers\n');
  });
});
