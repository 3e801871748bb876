import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ByteStream } from '../../../src/transports/byte-stream.ts';
import { createSerialOpener } from '../../../src/transports/serial.ts';
import { findUsbSerial, listSerialDevices } from '../../../src/transports/serial-devices.ts';
import { openSerialPair, type SerialPair } from '../../support/serial-pair.ts';

const SETTINGS = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
const never = new AbortController().signal;

let pair: SerialPair | undefined;
const streams: ByteStream[] = [];
afterEach(async () => {
  for (const stream of streams.splice(0)) await stream.close();
  await pair?.close();
  pair = undefined;
});

async function open(path: string): Promise<ByteStream> {
  const stream = await createSerialOpener({ ...SETTINGS, path }).open(never);
  streams.push(stream);
  return stream;
}

describe('a serial port', () => {
  it('that is missing is an error that names it and lists the others', async () => {
    const opening = createSerialOpener({ ...SETTINGS, path: '/dev/ttyNOT0' }).open(never);
    await expect(opening).rejects.toMatchObject({
      name: 'TransportError',
      code: 'not-found',
      message: expect.stringMatching(
        /^no serial port \/dev\/ttyNOT0; there (are: \/dev\/|is no serial port at all)/,
      ),
    });
  });

  it('of a USB adapter that is missing is an error that names the adapter', async () => {
    const opening = createSerialOpener({ ...SETTINGS, path: 'usb:DEAD:BEEF:1' }).open(never);
    await expect(opening).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/^no USB adapter DEAD:BEEF:1; there/),
    });
  });

  it('carries bytes both ways, tells once that it is closed, and refuses to write then', async () => {
    pair = await openSerialPair();
    const [a, b] = [await open(pair.a), await open(pair.b)];
    const received = new Promise<Uint8Array>((resolve) => b.onData(resolve));
    await a.write(Uint8Array.of(0, 17, 19, 255));
    expect([...(await received)]).toEqual([0, 17, 19, 255]);
    const gone = vi.fn();
    a.onClose(gone);
    await a.close();
    await a.close();
    expect(gone).toHaveBeenCalledOnce();
    await expect(a.write(Uint8Array.of(1))).rejects.toMatchObject({ name: 'TransportError', code: 'lost' });
  });

  it('in use by another program is an error that says so', async () => {
    pair = await openSerialPair();
    await open(pair.a);
    await expect(createSerialOpener({ ...SETTINGS, path: pair.a }).open(never)).rejects.toMatchObject({
      code: 'in-use',
      message: expect.stringContaining('in use by another program'),
    });
  });

  it('that vanishes is told once, and can be opened again when it is back', async () => {
    pair = await openSerialPair();
    const stream = await open(pair.a);
    const gone = vi.fn();
    const lost = new Promise<void>((resolve) =>
      stream.onClose((cause) => {
        gone(cause);
        resolve();
      }),
    );
    await pair.unplug();
    await lost;
    expect(gone.mock.calls[0]?.[0]).toMatchObject({ name: 'TransportError', code: 'lost' });
    await stream.close();
    expect(gone).toHaveBeenCalledOnce();
    await pair.replug();
    await expect(open(pair.a)).resolves.toBeDefined();
  });
});

describe('the list of serial devices', () => {
  it('is made of paths, without an error where there are none', () => {
    for (const path of listSerialDevices()) expect(path).toMatch(/^\/dev\//);
  });

  it.each(['', ':', 'DEAD', 'DEAD:BEEF', 'DEAD:BEEF:', '::::', '../../etc:passwd'])(
    'has no adapter %j',
    (identity) => {
      expect(findUsbSerial(identity)).toBeUndefined();
    },
  );
});
