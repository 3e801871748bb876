import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { movedHouse, startGateway, subscribe } from '../../support/running-gateway.ts';

const PLUGS = ['fridge', 'kettle', 'washer', 'lights', 'electronics', 'standby', 'dishwasher'];

test('the default house shows everything the README promises', async () => {
  const ports = [await freePort(), await freePort(), await freePort()];
  const brokerPort = await freePort();
  const yaml = await readFile('config/house.yaml', 'utf8');
  const gateway = await startGateway(movedHouse(yaml, ports, brokerPort), brokerPort);
  const subscriber = await subscribe(brokerPort, 'house/#');
  const codes = ['p', 'q', 's', 'v', 'i', 'f', 'pf', 'e_imp', 'e_exp'];
  for (const code of codes)
    await expect
      .poll(() => subscriber.last.get(`house/mains/${code}`), { timeout: 20_000 })
      .toMatch(/^-?\d+(\.\d+)?$/);
  for (const plug of PLUGS)
    await expect
      .poll(() => subscriber.last.get(`house/${plug}/p`), { timeout: 20_000 })
      .toMatch(/^\d+(\.\d+)?$/);
  // What is not metered is known when the plugs have been seen to agree with the mains for a while.
  for (const id of ['mains', 'solar', ...PLUGS, 'unmetered'])
    await expect
      .poll(() => subscriber.last.get(`house/${id}/availability`), { timeout: 90_000, message: id })
      .toBe('online');
  for (const id of ['mains', 'solar', 'standby']) {
    const meta = JSON.parse(subscriber.last.get(`house/${id}/$meta`) ?? '{}');
    // One state holds all values of its poll.
    const all = ['seq', 'ts', ...Object.keys(meta.quantities)].sort();
    const keys = () => Object.keys(JSON.parse(subscriber.last.get(`house/${id}/state`) ?? '{}')).sort();
    await expect.poll(keys, { timeout: 10_000 }).toEqual(all);
  }
  // After the first poll, which comes at once, samples are taken at whole multiples of five seconds.
  const states = () => subscriber.messages.filter((m) => m.topic === 'house/mains/state' && !m.isRetained);
  const count = states().length;
  await expect.poll(() => states().length, { timeout: 20_000 }).toBeGreaterThan(count + 1);
  for (const { payload } of states().slice(-2))
    expect(Date.parse(JSON.parse(payload).ts) % 5000).toBeLessThan(2000);
  // A program that is not ours sees the same.
  expect(await mosquittoSub(brokerPort, 'house/mains/p')).toMatch(/^house\/mains\/p -?\d/);
  await subscriber.close();
  expect(await gateway.stop(), gateway.log()).toBe(0);
  // One line a state change, none a poll: a start and an end are a handful.
  expect(gateway.log().trim().split('\n').length, gateway.log()).toBeLessThan(15);
}, 180_000);

async function mosquittoSub(port: number, topic: string): Promise<string> {
  const child = spawn('mosquitto_sub', ['-p', String(port), '-t', topic, '-v', '-C', '1', '-W', '15']);
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  await new Promise((resolve) => child.once('close', resolve));
  return text;
}

test('a gateway that is killed leaves its last will', async () => {
  const ports = [await freePort(), await freePort(), await freePort()];
  const [brokerPort, otherPort] = [await freePort(), await freePort()];
  const yaml = await readFile('config/house.yaml', 'utf8');
  const mosquitto = spawn('/usr/sbin/mosquitto', ['-p', String(otherPort)], { stdio: 'ignore' });
  const withUrl = `${movedHouse(yaml, ports, brokerPort)}mqtt: { url: 'mqtt://127.0.0.1:${otherPort}' }\n`;
  const gateway = await startGateway(withUrl, otherPort);
  const subscriber = await subscribe(otherPort, 'house/#', 5);
  await expect.poll(() => subscriber.last.get('house/mains/p'), { timeout: 20_000 }).toBeDefined();
  expect(subscriber.last.get('house/gateway/availability')).toBe('online');
  gateway.process.kill('SIGKILL');
  await expect
    .poll(() => subscriber.last.get('house/gateway/availability'), { timeout: 10_000 })
    .toBe('offline');
  await subscriber.close();
  await gateway.stop();
  mosquitto.kill();
}, 60_000);
