import { expect, test } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import {
  attackFrozenSubscribers,
  attackIdleConnections,
  attackRetainedFlood,
} from '../../support/mqtt-attack-floods.ts';
import { attackMutations, attackRandomBytes } from '../../support/mqtt-attack-fuzz.ts';
import { attackClientIds, attackHugePackets, attackTopics } from '../../support/mqtt-attack-names.ts';
import { startGateway, subscribe } from '../../support/running-gateway.ts';
import { startPymodbus, stop } from '../commands/processes.ts';

const seed = Number(process.env.SEED ?? Math.floor(Date.now() / 86_400_000));

test('a hostile client cannot stop polling', async () => {
  const [tcpPort, brokerPort] = [await freePort(), await freePort()];
  const meter = await startPymodbus(['tcp', String(tcpPort)], {
    1: { floats: { input: { 12: 341.5 } }, fill: 400 },
  });
  const gateway = await startGateway(
    `
broker: { port: ${brokerPort} }
statsInterval: 1
sources:
  - type: modbus-meter
    id: network
    connection: tcp://127.0.0.1:${tcpPort}
    devices:
      - { id: mains, meter: eastron-sdm120, unit: 1, interval: 0.5 }
`,
    brokerPort,
  );
  const subscriber = await subscribe(brokerPort, 'house/#');
  const states = () =>
    subscriber.messages.filter(({ topic, isRetained }) => topic === 'house/mains/state' && !isRetained);
  await expect.poll(() => states().length, { timeout: 20_000 }).toBeGreaterThan(1);

  const target = { host: '127.0.0.1', port: brokerPort, seed };
  const attacks = {
    attackClientIds,
    attackTopics,
    attackHugePackets,
    attackIdleConnections,
    attackRandomBytes,
    attackMutations,
    attackRetainedFlood,
    attackFrozenSubscribers,
  };
  for (const [name, attack] of Object.entries(attacks)) {
    const before = states().length;
    const startedAt = Date.now();
    const counts = await attack(target);
    // The gateway's own topics went on and go on.
    await expect.poll(() => states().length, { timeout: 10_000 }).toBeGreaterThan(before + 1);
    console.log(
      `${name}: ${states().length - before} states in ${Date.now() - startedAt} ms`,
      JSON.stringify(counts),
    );
    if (name === 'attackMutations') expect(counts.packets).toBeGreaterThanOrEqual(20_000);
  }

  // Not one sample was missed: seq has no gap, and no slot was left out by the polls.
  const seqs = states().map(({ payload }) => JSON.parse(payload).seq as number);
  expect(seqs).toEqual(seqs.map((_, n) => (seqs[0] ?? 0) + n));
  const stats = JSON.parse(subscriber.last.get('house/gateway/stats') ?? '{}');
  console.log(
    JSON.stringify({
      seed,
      samples: seqs.length,
      missed: stats.buses.network.missed_slots,
      broker: stats.broker,
    }),
  );
  expect(stats.broker.restarts).toBe(0);
  expect(gateway.log()).not.toContain('"level":50');
  await subscriber.close();
  expect(await gateway.stop(), gateway.log()).toBe(0);
  await stop(meter);
}, 180_000);
