import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createGateway } from '../../../src/app/gateway.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { loadProfiles, shippedProfileDirectory } from '../../../src/meters/load-profiles.ts';
import { createSimulator } from '../../../src/simulator/simulator.ts';
import { SOURCE_KINDS } from '../../../src/sources/index.ts';
import { freePort } from '../../support/free-port.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { MODBUS_HOUSE } from '../../support/modbus-house.ts';
import { movedHouse, subscribe } from '../../support/running-gateway.ts';

const STEP_S = 60;
const DAY_MS = 86_400_000;
/** A summer's day: the roof exports and the house imports. */
const START = Date.UTC(2026, 5, 15);

/** What a subscriber has seen of one device. */
interface Seen {
  readonly states: Record<string, number>[];
}

test('the published energy of a day is that of the simulated house', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'busbar-day-'));
  const ports = [await freePort(), await freePort()] as const;
  // Without the pace of a line, too.
  const yaml = MODBUS_HOUSE.replaceAll('interval: 5', `interval: ${STEP_S}`)
    .replaceAll('?baud=9600', '')
    .replace('  seed: 1', '  paced: false\n  seed: 1');
  const file = join(folder, 'house.yaml');
  await writeFile(file, `${movedHouse(yaml, ports, await freePort())}stateDirectory: ${folder}\n`);
  const { config } = await loadConfig({ file, env: {}, kinds: SOURCE_KINDS, knownMeters: undefined });
  if (config.simulator === undefined) throw new Error('this house is simulated');
  const profiles = await loadProfiles([shippedProfileDirectory()]);
  const clock = createManualClock({ startAt: START - 2000, timers: 'real' });
  const logger = silentLogger;
  const simulator = createSimulator({ config: config.simulator, profiles, clock, logger });
  const gateway = await createGateway({ config, profiles, clock, logger, version: 'test' });
  const [simulatorEnd, gatewayEnd] = [new AbortController(), new AbortController()];
  const simulated = simulator.run(simulatorEnd.signal);
  await simulator.listening;
  const running = gateway.run(gatewayEnd.signal);

  const subscriber = await subscribe((await gateway.brokerPort) ?? 0, 'house/+/state');
  const seen = new Map<string, Seen>();
  subscriber.client.on('message', (topic, payload) => {
    const id = topic.split('/')[1] ?? '';
    const { ts, ...values } = JSON.parse(payload.toString());
    const of = seen.get(id) ?? { states: [] };
    // The house stood still at the slot while the poll took its real time on the sockets.
    const at = Math.round(Date.parse(ts) / 1000 / STEP_S) * STEP_S * 1000;
    of.states.push({ ...values, at });
    seen.set(id, of);
  });
  const devices = config.sources.flatMap((source) => source.devices.map((device) => device.id));
  const haveSeen = (at: number) => devices.every((id) => (seen.get(id)?.states.at(-1)?.at ?? 0) >= at);
  for (let at = START; at <= START + DAY_MS; at += STEP_S * 1000) {
    await clock.advanceTo(at);
    await arrival(
      () => haveSeen(at),
      at,
      () => JSON.stringify([...seen].map(([id, of]) => [id, of.states.length, of.states.at(-1)?.at])),
    );
  }

  const house = simulator.truth();
  const truth = (id: string, at: number) => {
    const state = house.at(at);
    return id === 'washer' ? state.circuit('washing_machine') : state.circuit(id);
  };
  const report: Record<string, string> = {};
  for (const id of devices) {
    const { states } = seen.get(id) ?? { states: [] };
    const slots = states.filter((state) => (state.at ?? 0) >= START);
    const [first, last] = [slots[0], slots.at(-1)];
    if (first === undefined || last === undefined) throw new Error(`nothing seen of ${id}`);
    // Every slot of the day, once, with every value of the poll.
    expect(slots.length, id).toBe(DAY_MS / 1000 / STEP_S + 1);
    const keys = Object.keys(first).sort();
    for (const state of slots) expect(Object.keys(state).sort()).toEqual(keys);
    const [from, to] = [truth(id, first.at ?? 0)?.energy, truth(id, last.at ?? 0)?.energy];
    if (from === undefined || to === undefined) throw new Error(`the house has no ${id}`);
    const isLarge = id === 'mains' || id === 'solar';
    for (const key of COUNTERS[isLarge ? id : 'plug']) {
      const published = (last[key] ?? 0) - (first[key] ?? 0);
      const true_ = to[key] - from[key];
      report[`${id}/${key}`] = `${published.toFixed(3)} of ${true_.toFixed(3)} kWh`;
      // A plug's counter has steps of 1 Wh, a float32 of 20,000 kWh steps of 2 Wh: at both ends of the day.
      const steps = isLarge ? 0.004 : 0.002;
      expect(Math.abs(published - true_), `${id}/${key} ${report[`${id}/${key}`]}`).toBeLessThanOrEqual(
        Math.max(0.001 * Math.abs(true_), steps),
      );
    }
  }
  console.log(JSON.stringify(report, undefined, 1));
  await subscriber.close();
  gatewayEnd.abort();
  await running;
  simulatorEnd.abort();
  await simulated;
  await rm(folder, { recursive: true, force: true });
}, 240_000);

const COUNTERS = { mains: ['e_imp', 'e_exp', 'e_tot'], solar: ['e_exp'], plug: ['e_tot'] } as const;

async function arrival(isThere: () => boolean, at: number, describe: () => string): Promise<void> {
  const giveUpAt = performance.now() + 30_000;
  while (!isThere()) {
    if (performance.now() > giveUpAt)
      throw new Error(`not everything arrived for ${new Date(at).toISOString()}: ${describe()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
