import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { settle } from './moved-clock.ts';
import { FRIDGE, MAINS, sampleOf, startSink, temporaryDirectory } from './start-sink.ts';

const fileIn = (directory: string) => `${directory}/published-topics.json`;
const listIn = (directory: string): string[] => JSON.parse(readFileSync(fileIn(directory), 'utf8')).topics;

describe('mqtt sink, what earlier runs have left', () => {
  it('clears every topic of a device and of a quantity that left the configuration', async () => {
    const first = await startSink();
    first.broker.connect();
    first.sink.accept(sampleOf('mains', { p: 1, v: 230 }));
    const { stateDirectory } = first;
    const withoutVoltage = { ...MAINS, quantities: MAINS.quantities.filter(({ code }) => code !== 'v') };
    const second = await startSink({ stateDirectory, devices: [withoutVoltage] });
    second.broker.connect();
    const cleared = second.broker.published
      .filter(({ payload }) => payload === '')
      .map(({ topic }) => topic)
      .sort();
    expect(cleared).toEqual([
      'house/fridge/$meta',
      'house/fridge/availability',
      'house/fridge/p',
      'house/fridge/state',
      'house/mains/e_imp',
      'house/mains/p',
      'house/mains/state',
      'house/mains/v',
    ]);
    await vi.waitFor(() =>
      expect(listIn(stateDirectory).some((topic) => topic.includes('fridge'))).toBe(false),
    );
    second.broker.clear();
    second.broker.drop();
    second.broker.connect();
    expect(second.broker.published.filter(({ payload }) => payload === '')).toEqual([]);
    await second.stop();
  });

  it('clears the whole tree of an earlier root, the gateway’s topics too', async () => {
    const first = await startSink();
    const { stateDirectory } = first;
    const second = await startSink({ stateDirectory, root: 'site7/house' });
    second.broker.connect();
    expect(second.broker.payloadsOn('house/gateway/availability')).toEqual(['']);
    expect(second.broker.payloadsOn('house/mains/$meta')).toEqual(['']);
    await vi.waitFor(() =>
      expect(listIn(stateDirectory).every((topic) => topic.startsWith('site7/house/'))).toBe(true),
    );
    await second.stop();
  });

  it('keeps in the list what could not be cleared yet', async () => {
    const { stateDirectory } = await startSink();
    const second = await startSink({ stateDirectory, devices: [FRIDGE] });
    second.broker.isPrompt = false;
    second.broker.connect();
    second.broker.drop();
    await settle();
    expect(listIn(stateDirectory)).toContain('house/mains/p');
    second.broker.isPrompt = true;
    second.broker.clear();
    second.broker.connect();
    expect(second.broker.payloadsOn('house/mains/p')).toEqual(['']);
    await vi.waitFor(() => expect(listIn(stateDirectory)).not.toContain('house/mains/p'));
    await second.stop();
  });

  it('clears values when the configuration no longer retains them', async () => {
    const { stateDirectory } = await startSink();
    const second = await startSink({ stateDirectory, retain: false });
    second.broker.connect();
    expect(second.broker.payloadsOn('house/mains/p')).toEqual(['']);
    expect(second.broker.payloadsOn('house/mains/availability')).toEqual(['offline']);
    await second.stop();
  });

  it('has nothing to clear after an orderly end', async () => {
    const first = await startSink();
    first.broker.connect();
    first.sink.accept(sampleOf('mains', { p: 1 }));
    await first.stop();
    const second = await startSink({ stateDirectory: first.stateDirectory });
    second.broker.connect();
    expect(second.broker.published.filter(({ payload }) => payload === '')).toEqual([]);
    await second.stop();
  });

  it('does not write the file again while nothing changed', async () => {
    const { stateDirectory } = await startSink();
    const before = statSync(fileIn(stateDirectory), { bigint: true });
    await startSink({ stateDirectory });
    const after = statSync(fileIn(stateDirectory), { bigint: true });
    expect(after.ino).toBe(before.ino);
    expect(after.mtimeNs).toBe(before.mtimeNs);
  });

  it.each([
    ['empty', ''],
    ['cut off', '{"version":1,"topics":["house/ma'],
    ['no object', '42'],
    ['null', 'null'],
    ['no list', '{"topics":{"length":3}}'],
    ['hostile keys', '{"__proto__":{"topics":["house/x/p"]}}'],
  ])('starts with a damaged file: %s', async (_name, text) => {
    const stateDirectory = temporaryDirectory();
    writeFileSync(fileIn(stateDirectory), text);
    const { broker, stop } = await startSink({ stateDirectory });
    broker.connect();
    await settle();
    expect(broker.published.filter(({ payload }) => payload === '')).toEqual([]);
    expect(listIn(stateDirectory)).toContain('house/mains/p');
    await stop();
  });

  it('clears nothing of other programs, whatever the file names', async () => {
    const stateDirectory = temporaryDirectory();
    const topics = ['#', 'house/+/p', '$SYS/x/p', 'homeassistant/sensor/x/config', 7, null, 'house/old/p'];
    writeFileSync(fileIn(stateDirectory), JSON.stringify({ version: 1, topics }));
    const { broker, stop } = await startSink({ stateDirectory });
    broker.connect();
    await settle();
    expect(broker.published.filter(({ payload }) => payload === '').map(({ topic }) => topic)).toEqual([
      'house/old/p',
    ]);
    await stop();
  });

  it('goes on where the list can be neither read nor written', async () => {
    const stateDirectory = temporaryDirectory();
    mkdirSync(fileIn(stateDirectory));
    const { sink, broker, stop } = await startSink({ stateDirectory });
    broker.connect();
    sink.accept(sampleOf('mains', { p: 1 }));
    expect(broker.payloadsOn('house/mains/p')).toEqual(['1']);
    await stop();
  });
});
