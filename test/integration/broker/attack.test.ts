import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  attackFrozenSubscribers,
  attackIdleConnections,
  attackOfflineQueues,
  attackQos2Flood,
  attackRetainedFlood,
  attackSubscriptionFlood,
  attackTinyPackets,
} from '../../support/mqtt-attack-floods.ts';
import { attackMutations, attackRandomBytes } from '../../support/mqtt-attack-fuzz.ts';
import {
  attackDrip,
  attackOutOfOrder,
  attackRetainedReplay,
  attackTakeOvers,
  attackUnfinishedPackets,
} from '../../support/mqtt-attack-holding.ts';
import {
  attackClientIds,
  attackDoubledProperties,
  attackHugePackets,
  attackTopics,
} from '../../support/mqtt-attack-names.ts';
import type { AttackCounts, AttackTarget } from '../../support/mqtt-attack-socket.ts';
import { startWitness } from '../../support/mqtt-attack-witness.ts';
import { OWNER, startBroker, until } from './fixture.ts';

/** A new seed each day; set SEED to repeat a run. */
const seed = Number(process.env.SEED ?? Math.floor(Date.now() / 86_400_000));

let running: Awaited<ReturnType<typeof startBroker>>;
let witness: Awaited<ReturnType<typeof startWitness>>;

beforeAll(async () => {
  running = await startBroker();
});
afterAll(async () => {
  await running.stop();
});
beforeEach(async () => {
  witness = await startWitness({ ...running, ...OWNER });
});
afterEach(async (context) => {
  const report = await witness.stop();
  const figures = JSON.stringify(running.broker.statistics());
  const name = context.task.name;
  console.info(`${name} (seed ${seed})\n  witness ${JSON.stringify(report)}\n  broker ${figures}`);
  expect(report.missed, `messages of the gateway missed, seed ${seed}`).toBe(0);
  expect(report.reconnects, `connections of the gateway lost, seed ${seed}`).toBe(0);
  expect(running.broker.statistics().restarts, `restarts, seed ${seed}`).toBe(0);
  expect(running.broker.statistics().faults, `exceptions in the broker, seed ${seed}`).toBe(0);
});

function numberAt(section: string, name: string): number {
  const figures = running.broker.statistics()[section];
  const value = typeof figures === 'object' ? figures[name] : undefined;
  return typeof value === 'number' ? value : 0;
}

function figure(name: string): number {
  const value = running.broker.statistics()[name];
  return typeof value === 'number' ? value : Number.NaN;
}

async function attack(act: (target: AttackTarget) => Promise<AttackCounts>): Promise<AttackCounts> {
  const counts = await act({ host: running.host, port: running.port, seed });
  console.info(`  attack ${JSON.stringify(counts)}`);
  return counts;
}

test('refuses client ids that every object inherits', async () => {
  expect(await attack(attackClientIds)).toMatchObject({ accepted: 0 });
});

test('refuses deep, inherited and unprintable topics in every place', async () => {
  expect(await attack(attackTopics)).toMatchObject({ tolerated: 0 });
});

test('refuses properties that stand twice', async () => {
  expect(await attack(attackDoubledProperties)).toMatchObject({ sent: 4, accepted: 0 });
});

test('ends a packet of 100 MiB after its first bytes', async () => {
  const counts = await attack(attackHugePackets);
  expect(counts.closed).toBe(counts.sent);
  // What the systems on both sides had buffered is all that was ever taken.
  expect(counts.bytesTaken).toBeLessThan(8 * 20 * 1024 * 1024);
});

test('keeps a place for the gateway among 5,000 idle connections', async () => {
  const counts = await attack(async (target) => {
    const flood = attackIdleConnections({ ...target, holdMs: 1500 });
    const second = await startWitness({ ...running, ...OWNER });
    const idle = await flood;
    expect(await second.stop()).toMatchObject({ missed: 0 });
    return idle;
  });
  expect(counts.closedByBroker).toBeGreaterThan((counts.opened ?? 0) - 250);
});

test('survives 20,000 damaged packets', async () => {
  const counts = await attack(attackMutations);
  expect(counts.packets).toBeGreaterThanOrEqual(20_000);
  // Some of the damage has to be harmless, or nothing ever got past the first check.
  expect(counts.survived).toBeGreaterThan(100);
}, 60_000);

test('survives random bytes', async () => {
  await attack(attackRandomBytes);
});

test('ends clients that never release QoS 2', async () => {
  const counts = await attack(attackQos2Flood);
  expect(counts.closedByBroker).toBe(counts.sessions);
});

test('stops retaining at its limits', async () => {
  await attack(attackRetainedFlood);
  await until(() => numberAt('refused', 'retained-limit') > 15_000);
  expect(numberAt('retained', 'topics')).toBeLessThanOrEqual(5000);
  expect(numberAt('retained', 'bytes')).toBeLessThanOrEqual(16 * 1024 * 1024);
});

test('refuses subscriptions beyond the hundredth', async () => {
  const counts = await attack(attackSubscriptionFlood);
  expect(counts.granted).toBe(20 * 100);
});

test('drops the oldest of what waits for absent sessions', async () => {
  await attack(attackOfflineQueues);
  await until(() => numberAt('sessions', 'droppedMessages') > 10_000);
  expect(numberAt('sessions', 'sessions')).toBeLessThanOrEqual(100);
  expect(numberAt('sessions', 'queuedBytes')).toBeLessThanOrEqual(16 * 1024 * 1024);
}, 60_000);

test('goes on beside subscribers that never read', async () => {
  await attack(attackFrozenSubscribers);
  await until(() => numberAt('backlog', 'dropped') > 1000);
}, 60_000);

test('slows a flood of tiny packets down', async () => {
  await attack(attackTinyPackets);
});

test('bounds the memory of packets that never end', async () => {
  const counts = await attack(attackUnfinishedPackets);
  expect(counts.bytes).toBeGreaterThan(15_000_000);
  expect(counts.closedByBroker).toBeGreaterThan(20);
});

test('takes packets that drip in byte by byte', async () => {
  await attack(attackDrip);
});

test('survives clients that throw each other out', async () => {
  const counts = await attack(attackTakeOvers);
  expect(counts.accepted).toBeGreaterThan(0);
});

test('survives subscribers that ask for all retained messages and leave', async () => {
  await attack(attackRetainedReplay);
});

test('survives packets in an order that makes no sense', async () => {
  // A second CONNECT, two packets only a server sends, and a message behind DISCONNECT; twice, per version.
  expect(await attack(attackOutOfOrder)).toMatchObject({ sent: 32, closedByBroker: 16 });
});

test('has let go of all connections and their memory in the end', async () => {
  const isQuiet = () => figure('connections') === 2 && numberAt('backlog', 'partialBytes') === 0;
  await until(isQuiet, 25_000);
  expect(numberAt('memory', 'heapBytes')).toBeLessThan(80 * 1024 * 1024);
});
