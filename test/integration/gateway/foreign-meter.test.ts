import { expect, test } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { startGateway, subscribe } from '../../support/running-gateway.ts';
import { openSerialPair } from '../../support/serial-pair.ts';
import { startPymodbus, stop } from '../commands/processes.ts';

// The meters here are servers of Debian's pymodbus: no line of this project is in them.

const HOUSE = {
  0: 231.5,
  2: 229.25,
  4: 230.125,
  12: 400.5,
  14: -120.25,
  16: 80,
  52: 360.25,
  70: 49.98,
  72: 1234.5,
};
const SMALL = { 0: 228.75, 6: 1.5, 12: 341.5, 18: 345, 24: -40.25, 30: 0.99, 70: 50.02, 72: 77.125, 74: 0.5 };

test('one gateway reads foreign meters over a serial pair and over TCP', async () => {
  const pair = await openSerialPair();
  const [tcpPort, brokerPort] = [await freePort(), await freePort()];
  const serialMeter = await startPymodbus(['rtu', pair.a, '9600'], {
    1: { floats: { input: HOUSE }, fill: 400 },
    2: { floats: { input: SMALL }, fill: 400 },
  });
  const tcpMeter = await startPymodbus(['tcp', String(tcpPort)], {
    3: { floats: { input: SMALL }, fill: 400 },
  });
  const gateway = await startGateway(
    `
broker: { port: ${brokerPort} }
sources:
  - type: modbus-meter
    id: panel
    connection: rtu:${pair.b}?baud=9600
    devices:
      - { id: mains, meter: eastron-sdm630-v2, unit: 1, interval: 1 }
      - { id: garage, meter: eastron-sdm120, unit: 2, interval: 1 }
  - type: modbus-meter
    id: network
    connection: tcp://127.0.0.1:${tcpPort}
    devices:
      - { id: annexe, meter: eastron-sdm120, unit: 3, interval: 1 }
`,
    brokerPort,
  );
  const subscriber = await subscribe(brokerPort, 'house/#');
  const value = (topic: string) => Number(subscriber.last.get(`house/${topic}`));
  await expect.poll(() => value('mains/p'), { timeout: 20_000 }).toBe(360.25);
  await expect.poll(() => value('garage/p'), { timeout: 20_000 }).toBe(341.5);
  await expect.poll(() => value('annexe/p'), { timeout: 20_000 }).toBe(341.5);
  expect(value('mains/v_l1')).toBe(231.5);
  expect(value('mains/v_l2')).toBe(229.25);
  expect(value('mains/p_l2')).toBe(-120.25);
  expect(value('mains/f')).toBe(49.98);
  expect(value('mains/e_imp')).toBe(1234.5);
  expect(value('garage/q')).toBe(-40.25);
  expect(value('annexe/e_exp')).toBe(0.5);
  expect(value('annexe/pf')).toBe(0.99);
  for (const id of ['mains', 'garage', 'annexe'])
    expect(subscriber.last.get(`house/${id}/availability`)).toBe('online');
  await subscriber.close();
  expect(await gateway.stop(), gateway.log()).toBe(0);
  await stop(serialMeter);
  await stop(tcpMeter);
  await pair.close();
}, 60_000);
