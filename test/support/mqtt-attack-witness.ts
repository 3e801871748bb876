import { randomUUID } from 'node:crypto';
import mqtt from 'mqtt';
import { pause } from './mqtt-attack-socket.ts';

export interface WitnessReport {
  readonly published: number;
  readonly received: number;
  readonly missed: number;
  readonly reconnects: number;
  readonly longestDelayMs: number;
}

// An attack that is over at once has to be outlived as well.
const MIN_MESSAGES = 10;

/**
 * Publishes a number ten times a second and receives it on a second connection, through all that happens
 * meanwhile.
 */
export async function startWitness(target: {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}): Promise<{ stop(): Promise<WitnessReport> }> {
  const id = randomUUID().slice(0, 8);
  const topic = `house/witness_${id}/p`;
  const options = {
    host: target.host,
    port: target.port,
    username: target.username,
    password: target.password,
    protocolVersion: 5,
    reconnectPeriod: 50,
    connectTimeout: 5000,
    resubscribe: true,
  } as const;
  const receiver = await mqtt.connectAsync({ ...options, clientId: `witness-in-${id}`, keepalive: 5 });
  const sender = await mqtt.connectAsync({ ...options, clientId: `witness-out-${id}`, keepalive: 5 });
  const seen = new Set<number>();
  const sentAt = new Map<number, number>();
  let reconnects = 0;
  let longestDelayMs = 0;
  for (const client of [receiver, sender]) {
    client.on('close', () => {
      reconnects += 1;
    });
    client.on('error', () => {});
  }
  receiver.on('message', (at, payload) => {
    if (at !== topic) return;
    const number = Number(payload.toString());
    seen.add(number);
    longestDelayMs = Math.max(longestDelayMs, performance.now() - (sentAt.get(number) ?? 0));
  });
  await receiver.subscribeAsync(['#', topic], { qos: 1 });
  let next = 0;
  const timer = setInterval(() => {
    sentAt.set(next, performance.now());
    sender.publish(topic, String(next++), { qos: 1 });
  }, 100);
  return {
    async stop() {
      while (next < MIN_MESSAGES) await pause(20);
      clearInterval(timer);
      const until = performance.now() + 5000;
      while (seen.size < next && performance.now() < until) await pause(20);
      const report = {
        published: next,
        received: seen.size,
        missed: next - seen.size,
        reconnects,
        longestDelayMs: Math.round(longestDelayMs),
      };
      await Promise.all([receiver.endAsync(true), sender.endAsync(true)]);
      return report;
    },
  };
}
