import ModbusRTU from 'modbus-serial';
import { afterEach, describe, expect, it } from 'vitest';
import { connectRaw } from './raw-client.ts';
import { type Served, serve, tcp } from './serve.ts';

let served: Served | undefined;
afterEach(async () => served?.close());

const request = (transaction: number, unitId = 1, count = 2) =>
  Buffer.from([0, transaction, 0, 0, 0, 6, unitId, 4, 0, 0, 0, count]);
const answer = (transaction: number) =>
  Buffer.from([0, transaction, 0, 0, 0, 7, 1, 4, 4, 0x43, 0x66, 0x33, 0x33]);

describe('Modbus TCP', () => {
  it('answers with the transaction number of the request', async () => {
    served = await serve(tcp('mbap'));
    const client = await connectRaw(served.port);
    client.send(Buffer.concat([request(7), request(8)]));
    expect(await client.receive(26)).toEqual(Buffer.concat([answer(7), answer(8)]));
    expect(served.line.log.map(({ address, count }) => [address, count])).toEqual([
      [0, 2],
      [0, 2],
    ]);
    client.close();
  });

  it('stays silent for other units and notes that they were asked', async () => {
    served = await serve(tcp('mbap'));
    const client = await connectRaw(served.port);
    client.send(request(1, 9));
    expect(await client.receive(1, 120)).toHaveLength(0);
    expect(served.line.log).toMatchObject([{ unitId: 9, isKnownUnit: false }]);
    client.close();
  });

  it('has the same faults as a line', async () => {
    served = await serve(tcp('mbap'));
    const client = await connectRaw(served.port);
    served.line.setFaults([{ fault: 'exception', value: 11 }]);
    client.send(request(1));
    expect(await client.receive(9)).toEqual(Buffer.from([0, 1, 0, 0, 0, 3, 1, 0x84, 11]));
    served.line.setFaults([{ fault: 'crc' }]);
    client.send(request(2));
    expect((await client.receive(13)).subarray(0, 2)).toEqual(Buffer.from([0, 3]));
    served.line.setFaults([{ fault: 'fewer-registers' }]);
    client.send(request(4));
    expect(await client.receive(11)).toEqual(Buffer.from([0, 4, 0, 0, 0, 5, 1, 4, 2, 0x43, 0x66]));
    served.line.setFaults([{ fault: 'silence' }]);
    client.send(request(5));
    expect(await client.receive(1, 120)).toHaveLength(0);
    served.line.setFaults([{ fault: 'twice' }]);
    client.send(request(6));
    expect(await client.receive(26)).toEqual(Buffer.concat([answer(6), answer(6)]));
    client.close();
  });

  it('answers after the turnaround where the line is paced', async () => {
    served = await serve(tcp('mbap'), { paced: true, turnaroundMs: 80 });
    const client = await connectRaw(served.port);
    const begin = performance.now();
    client.send(request(1));
    expect(await client.receive(13, 2000)).toHaveLength(13);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(79);
    client.close();
  });

  it('survives anything that is sent to it', async () => {
    served = await serve(tcp('mbap'));
    const hostile = await connectRaw(served.port);
    for (let length = 0; length < 14; length++) {
      for (const functionCode of [0, 1, 3, 4, 5, 6, 15, 16, 17, 22, 43, 255]) {
        hostile.send(
          Buffer.from([0, 1, 0, 0, 0, length, 1, functionCode, ...new Array<number>(12).fill(length)]),
        );
      }
    }
    hostile.send(Buffer.alloc(5000, 0xff));
    await hostile.receive(1_000_000, 200);
    hostile.close();
    const client = await connectRaw(served.port);
    client.send(request(3));
    expect(await client.receive(13)).toEqual(answer(3));
    client.close();
  });

  it('is understood by the client of modbus-serial', async () => {
    served = await serve(tcp('mbap'));
    const client = new ModbusRTU();
    await client.connectTCP('127.0.0.1', { port: served.port });
    client.setID(1);
    expect((await client.readInputRegisters(0, 3)).data).toEqual([0x4366, 0x3333, 0x4366]);
    await expect(client.readHoldingRegisters(1000, 2)).rejects.toMatchObject({ modbusCode: 2 });
    await expect(client.writeRegister(0, 1)).rejects.toMatchObject({ modbusCode: 1 });
    await new Promise((resolve) => client.close(() => resolve(undefined)));
  });
});
