import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { correctCounters } from '../../../src/commands/counters/correct-counters.ts';
import {
  parseCounterKey,
  parseDeviceId,
  parseEnergy,
} from '../../../src/commands/counters/counter-arguments.ts';
import { registerCounters } from '../../../src/commands/counters.ts';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { openCounterFile } from '../../../src/pipeline/counter-file.ts';
import { noteOwner } from '../../../src/pipeline/counter-owner.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { houseText } from '../config/load-text.ts';

let folder: string;
let state: string;
let config: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busbar-counters-'));
  state = join(folder, 'state');
  config = join(folder, 'house.yaml');
  await writeFile(config, houseText('stateDirectory: state'), { mode: 0o600 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const clock = createSystemClock();
const open = () => openCounterFile({ directory: state, clock, onNotice: () => {} });

/** A gateway has run: the mains at 50 kWh, one sum. */
async function keepSome(): Promise<void> {
  const counters = await open();
  const record = { raw: 5, offset: 45, published: 50, at: Date.UTC(2026, 10, 22), since: 0, resets: 3 };
  counters.keep('mains', 'e_imp', record);
  counters.keep('fridge', 'e_imp', { ...record, raw: 50, offset: 0, origin: 'integrated' });
  await counters.flush(true);
}

/** Runs the command as from a shell; what it printed. */
async function busbar(...words: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const write = vi
    .spyOn(process.stdout, 'write')
    .mockImplementation((text) => printed.push(String(text)) > 0);
  const program = new Command().exitOverride();
  registerCounters(program);
  try {
    await program.parseAsync(['node', 'busbar', 'counters', ...words, '--config', config]);
  } finally {
    write.mockRestore();
    process.exitCode = undefined;
  }
  return printed.join('');
}

/** Moves the schedule until something has come of it; the disk takes the time that it takes. */
async function patiently<T>(moved: ManualClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  while (!isSettled) {
    await moved.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return promise;
}

describe('busbar counters', () => {
  it('shows what is published of each counter and why', async () => {
    await keepSome();
    const lines = (await busbar()).split('\n').map((line) => line.split(/ {2,}/));
    expect(lines[0]).toContain('PUBLISHED');
    expect(lines[1]?.slice(0, 6)).toEqual(['fridge', 'e_imp', '50.000', '50.000', '0.000', '3']);
    expect(lines[1]?.at(-1)).toBe('here, from power');
    expect(lines[2]?.slice(0, 7)).toEqual(['mains', 'e_imp', '50.000', '5.000', '45.000', '3', '1970-01-01']);
    expect(JSON.parse(await busbar('--json'))[1]).toMatchObject({ device: 'mains', offset: 45, resets: 3 });
  });

  it('shows what a running gateway has published, not how far that may have come since', async () => {
    const counters = await open();
    const record = { raw: 5, offset: 0, published: 5, at: Date.UTC(2026, 10, 22), since: 0, resets: 0 };
    counters.keep('fridge', 'e_imp', { ...record, origin: 'integrated' });
    await counters.flush();
    expect(JSON.parse(await busbar('--json'))[0]).toMatchObject({ raw: 5, published: 5 });
  });

  it('says so where nothing has been kept, and where the file is damaged', async () => {
    expect(await busbar()).toBe('No counter has been kept yet.\n');
    await keepSome();
    await writeFile(join(state, 'counters.json'), '{"version":');
    await expect(busbar()).rejects.toMatchObject({ exitCode: 65 });
  });

  it('sets a counter where no gateway runs, and leaves nothing lying about', async () => {
    await keepSome();
    expect(await busbar('set', 'mains', 'e_imp', '18342.1')).toBe(
      'mains e_imp was set from 50 to 18342.1 by hand\n',
    );
    expect((await open()).record('mains', 'e_imp')).toMatchObject({ raw: 5, published: 18_342.1 });
    expect((await open()).record('fridge', 'e_imp')?.published).toBe(50);
    expect(await readdir(join(state, 'counter-corrections'))).toEqual([]);
  });

  it('lowers a counter only where that is asked for', async () => {
    await keepSome();
    await expect(busbar('set', 'mains', 'e_imp', '20')).rejects.toThrow('--allow-lower');
    expect((await open()).record('mains', 'e_imp')?.published).toBe(50);
    expect(await busbar('set', 'mains', 'e_imp', '20', '--allow-lower')).toContain(
      'was lowered from 50 to 20',
    );
    expect((await open()).record('mains', 'e_imp')?.published).toBe(20);
  });

  it('forgets a device', async () => {
    await keepSome();
    expect(await busbar('forget', 'mains')).toContain('forgotten');
    expect((await open()).record('mains', 'e_imp')).toBeUndefined();
    await expect(busbar('forget', 'mains')).rejects.toThrow('nothing is known of a device "mains"');
  });

  it('is carried out by a running gateway', async () => {
    await keepSome();
    const counters = await open();
    const end = new AbortController();
    const running = counters.run(end.signal);
    await noteOwner(state);
    expect(await busbar('set', 'mains', 'e_imp', '60')).toContain('from 50 to 60');
    expect(counters.record('mains', 'e_imp')?.published).toBe(60);
    end.abort();
    await running;
  });

  it('changes nothing beside a gateway that is too busy to answer', async () => {
    await keepSome();
    await noteOwner(state);
    const moved = createManualClock();
    const correction = { kind: 'forget', device: 'mains' } as const;
    await expect(patiently(moved, correctCounters(state, correction, moved))).rejects.toThrow(
      `process ${process.pid}) has not taken`,
    );
    expect((await open()).record('mains', 'e_imp')?.published).toBe(50);
    expect(await readdir(join(state, 'counter-corrections'))).toEqual([]);
  });

  it('does it itself after a gateway that was killed, once nobody has answered', async () => {
    await keepSome();
    await writeFile(join(state, 'counters.owner'), '999999999 another-boot\n');
    const moved = createManualClock();
    const correcting = correctCounters(state, { kind: 'forget', device: 'mains' }, moved);
    expect(await patiently(moved, correcting)).toMatchObject({ isDone: true });
  });

  it.each([
    [() => parseDeviceId('Kitchen/1'), 'no id of a device'],
    [() => parseCounterKey('e_inp'), 'did you mean e_imp?'],
    [() => parseCounterKey('__proto__'), 'is no key; counters are e_imp, e_exp, '],
    [() => parseCounterKey('p_l1'), 'measured, not counted'],
    [() => parseEnergy('-5'), 'allowed: a number from 0'],
    [() => parseEnergy('1,5'), 'allowed: a number from 0'],
    [() => parseEnergy('0x10'), 'allowed: a number from 0'],
    [() => parseEnergy('9999999999'), 'allowed: a number from 0'],
  ])('refuses nonsense in words: %s', (parse, words) => {
    expect(parse).toThrow(words);
  });

  it('takes the keys of lines', () => {
    expect([parseCounterKey('e_imp_l2'), parseEnergy('18342.1')]).toEqual(['e_imp_l2', 18_342.1]);
  });
});
