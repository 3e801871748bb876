import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SimulatorConfig } from '../../../src/config/types.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { shippedProfileDirectory } from '../../../src/meters/load-profiles.ts';
import type { ListeningBus } from '../../../src/simulator/simulator.ts';
import { runSimulatorThread, type SimulatorThreadOptions } from '../../../src/simulator/simulator-thread.ts';
import { freePort } from '../../support/free-port.ts';
import { connectRaw, readRequest } from './raw-client.ts';
import { tcp } from './serve.ts';

function config(measures = 'mains', port = 0): SimulatorConfig {
  const meters = [{ unitId: 1, profile: 'eastron-sdm630-v2', measures }];
  return {
    seed: 1,
    paced: false,
    buses: [{ connection: tcp('rtu', undefined, port), turnaroundMs: 0, meters }],
  };
}

function start(simulated: SimulatorConfig, more: Partial<SimulatorThreadOptions> = {}) {
  const end = new AbortController();
  let listen: (buses: readonly ListeningBus[]) => void = () => {};
  const listening = new Promise<readonly ListeningBus[]>((resolve) => {
    listen = resolve;
  });
  const ended = runSimulatorThread(
    {
      config: simulated,
      profileDirectories: [shippedProfileDirectory()],
      logger: silentLogger,
      onListening: listen,
      ...more,
    },
    end.signal,
  );
  return { end, ended, listening };
}

describe('the thread of the simulator', () => {
  it('answers from its own thread, with the faults it was given, and ends when it is told', async () => {
    const { end, ended, listening } = start(config(), {
      faults: [{ fault: 'exception', value: 6, every: 2 }],
    });
    const [bus] = await listening;
    const client = await connectRaw(bus?.port ?? 0);
    client.send(readRequest(1, 4, 0, 2));
    const answer = await client.receive(9, 2000);
    expect(answer.readFloatBE(3)).toBeGreaterThan(215);
    expect(answer.readFloatBE(3)).toBeLessThan(245);
    client.send(readRequest(1, 4, 0, 2));
    expect((await client.receive(5, 2000)).subarray(0, 3)).toEqual(Buffer.from([1, 0x84, 6]));
    client.close();
    end.abort();
    await ended;
    await expect(connectRaw(bus?.port ?? 0)).rejects.toThrow('ECONNREFUSED');
  });

  it('says what is wrong: a circuit, a profile folder, a port that is in use', async () => {
    await expect(start(config('sauna')).ended).rejects.toThrow('there is no circuit "sauna"');
    const nowhere = start(config(), { profileDirectories: ['/nowhere'] });
    await expect(nowhere.ended).rejects.toThrow('/nowhere: does not exist');
    const port = await freePort();
    const first = start(config('mains', port));
    await first.listening;
    await expect(start(config('mains', port)).ended).rejects.toThrow('the port is in use');
    first.end.abort();
    await first.ended;
  });

  it('passes on the mistakes of a profile of the user', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'busbar-profiles-'));
    await writeFile(join(folder, 'broken.yaml'), 'id: broken\nlines: 2\n');
    const broken = start(config(), { profileDirectories: [folder, shippedProfileDirectory()] });
    await expect(broken.ended).rejects.toThrow('broken.yaml:2');
    await rm(folder, { recursive: true });
  });

  it('does not even start for a signal that has already aborted', async () => {
    const signal = AbortSignal.abort();
    const options = { config: config('sauna'), profileDirectories: [], logger: silentLogger };
    await expect(runSimulatorThread(options, signal)).resolves.toBeUndefined();
  });
});
