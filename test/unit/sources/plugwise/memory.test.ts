import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { macOf, plug, type Running, type StartOptions, startSource } from './simulated-network.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'busbar-plugwise-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

const file = (path: string) => join(path, 'plugwise-stick.json');

async function runOnce(options: StartOptions, ms = 90_000) {
  const running = await startSource(options);
  await running.clock.advance(ms);
  await running.stop();
  return running;
}

const asked = ({ stick }: Running, id: string) =>
  stick.requests.filter((request) => request.id === id).length;

const circles = [0, 1, 2].map((n) => ({ mac: macOf(n), measure: () => 100 }));

describe('what is known of the Circles', () => {
  it('publishes nothing of a Circle before its calibration is known', async () => {
    const running = await startSource({
      circles,
      faults: [{ fault: 'dead', ids: ['0026'], macs: [macOf(1)] }],
    });
    onTestFinished(() => running.stop());
    await running.clock.advance(120_000);
    expect(running.samples('plug0').length).toBeGreaterThan(5);
    expect(running.samples('plug1')).toEqual([]);
    running.stick.setFaults([]);
    await running.clock.advance(300_000);
    expect(running.values('plug1', 'p').length).toBeGreaterThan(3);
  });

  it('is kept on disk: a second run asks for no calibration and no node table', async () => {
    const path = await folder();
    const first = await runOnce({ circles, folder: path });
    expect([asked(first, '0026'), asked(first, '0018')]).toEqual([3, 64]);
    const kept = JSON.parse(await readFile(file(path), 'utf8'));
    expect(kept.network.nodes).toEqual([macOf(1), macOf(2)]);
    expect(kept.nodes[macOf(1)].calibration).toMatch(/^[0-9A-F]{32}$/);
    const second = await runOnce({ circles, folder: path });
    expect([asked(second, '0026'), asked(second, '0018')]).toEqual([0, 0]);
    expect(second.values('plug1', 'p').length).toBeGreaterThan(7);
    // The device is described before the first answer.
    expect(second.events[0]).toMatchObject({
      type: 'device',
      device: { model: expect.stringContaining('Circle') },
    });
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, 100)],
    ['not an object', () => '[]'],
    ['of another version', () => '{"version":7,"nodes":{}}'],
    ['hostile', () => '{"version":1,"nodes":{"__proto__":{"calibration":"zz"},"constructor":{}}}'],
    [
      'not a calibration',
      (text: string) => text.replaceAll(/"calibration": "[0-9A-F]{8}/g, '"calibration": "7FC00000'),
    ],
    ['binary', () => '\u0000\u0001'],
  ])('is learned anew where the file is %s', async (kind, damage) => {
    const path = await folder();
    await runOnce({ circles, folder: path });
    await writeFile(file(path), damage(await readFile(file(path), 'utf8')));
    const second = await runOnce({ circles, folder: path });
    expect(asked(second, '0026')).toBe(3);
    const told = second.notices().filter(({ code }) => code === 'plugwise-state-damaged');
    expect(told).toHaveLength(kind === 'not a calibration' ? 0 : 1);
    expect(JSON.parse(await readFile(file(path), 'utf8')).version).toBe(1);
  });

  it('is told once where it cannot be kept', async () => {
    const path = await folder();
    await writeFile(join(path, 'file'), '');
    const running = await runOnce({ circles, folder: join(path, 'file', 'under') }, 300_000);
    expect(running.notices().filter(({ code }) => code === 'plugwise-state-failed')).toHaveLength(1);
    expect(running.values('plug0', 'p').length).toBeGreaterThan(20);
  });

  it('names the nodes that are not configured, and the configured ones that are not there', async () => {
    const running = await runOnce({ circles, devices: [plug(0), plug(1), plug(8)] }, 200_000);
    const [told] = running.notices().filter(({ code }) => code === 'plugwise-network');
    expect(told?.message).toContain(`not configured: ${macOf(2)}`);
    expect(told?.message).toContain(`configured, but not there: ${macOf(8)}`);
  });
});
