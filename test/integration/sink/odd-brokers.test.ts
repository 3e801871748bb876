import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { firstAnswer } from './first-answer.ts';
import { freePort } from './mosquitto.ts';

const CONNACK_OF_3_1_1 = Buffer.from([0x20, 0x02, 0x00, 0x00]);
const UNACCEPTABLE_VERSION = Buffer.from([0x20, 0x02, 0x00, 0x01]);

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** Plays a broker: `answer` gets the protocol level that stands in the CONNECT (byte 8 of the packet). */
async function play(answer: (socket: Socket, level: number) => void): Promise<string> {
  const port = await freePort();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes) => answer(socket, bytes[8] ?? 0));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `mqtt://127.0.0.1:${port}`;
}

// Numbers that look random and are the same in each run (a linear congruential generator).
function createDice(seed: number) {
  let state = seed;
  return (sides: number) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * sides);
  };
}

describe('odd brokers', () => {
  it('finds MQTT 3.1.1 at a broker that refuses MQTT 5', async () => {
    const url = await play((socket, level) => {
      if (level === 4) socket.write(CONNACK_OF_3_1_1);
      else socket.end(UNACCEPTABLE_VERSION);
    });
    expect(await firstAnswer({ url })).toMatchObject({ protocol: 4, error: undefined });
  });

  it('finds MQTT 3.1.1 at a broker that hangs up on MQTT 5', async () => {
    const url = await play((socket, level) => {
      if (level === 4) socket.write(CONNACK_OF_3_1_1);
      else socket.destroy();
    });
    expect(await firstAnswer({ url })).toMatchObject({ protocol: 4, error: undefined });
  });

  it('says so when the broker of MQTT 3.1.1 wants another password', async () => {
    const url = await play((socket, level) => {
      socket.end(level === 4 ? Buffer.from([0x20, 0x02, 0x00, 0x04]) : UNACCEPTABLE_VERSION);
    });
    expect((await firstAnswer({ url })).error?.code).toBe('bad-credentials');
  });

  it('outlives whatever a broker answers', async () => {
    const roll = createDice(20_261_122);
    const codes = new Set<string | undefined>();
    for (let round = 0; round < 60; round++) {
      const noise = Buffer.from(Array.from({ length: 1 + roll(40) }, () => roll(256)));
      // Every second one begins as a CONNACK, to get past the first look.
      if (round % 2 === 0) noise[0] = 0x20;
      const url = await play((socket) => socket.end(noise));
      const { error } = await firstAnswer({ url });
      codes.add(error?.code);
    }
    expect([...codes].every((code) => code === undefined || typeof code === 'string')).toBe(true);
    expect(codes.has('not-mqtt')).toBe(true);
  });

  it('outlives noise after a good CONNACK', async () => {
    const roll = createDice(7);
    for (let round = 0; round < 40; round++) {
      const noise = Buffer.from(Array.from({ length: 1 + roll(60) }, () => roll(256)));
      const url = await play((socket) => socket.end(Buffer.concat([CONNACK_OF_3_1_1, noise])));
      expect(await firstAnswer({ url, protocol: 4 })).toMatchObject({ protocol: 4 });
    }
  });
});
