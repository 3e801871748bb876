import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatConnection, parseConnection } from '../../../src/config/connection.ts';
import type { Connection, LineSettings } from '../../../src/config/types.ts';

const RTU: LineSettings = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 };
const ASCII: LineSettings = { baud: 9600, dataBits: 7, parity: 'even', stopBits: 1 };

describe('parseConnection', () => {
  test.each<[string, Connection]>([
    [
      'rtu:/dev/ttyUSB0',
      { kind: 'serial', framing: 'rtu', path: '/dev/ttyUSB0', line: RTU, unitId: undefined },
    ],
    [
      'rtu:/dev/ttyUSB0?baud=19200&parity=even&stopBits=2&dataBits=8&unit=7',
      {
        kind: 'serial',
        framing: 'rtu',
        path: '/dev/ttyUSB0',
        line: { baud: 19_200, dataBits: 8, parity: 'even', stopBits: 2 },
        unitId: 7,
      },
    ],
    [
      'rtu:usb:0403:60fF:A10K?baud=2400',
      {
        kind: 'serial',
        framing: 'rtu',
        path: 'usb:0403:60ff:A10K',
        line: { ...RTU, baud: 2400 },
        unitId: undefined,
      },
    ],
    [
      'rtu:/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0',
      {
        kind: 'serial',
        framing: 'rtu',
        path: '/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0',
        line: RTU,
        unitId: undefined,
      },
    ],
    [
      'ascii:/dev/ttyS0',
      { kind: 'serial', framing: 'ascii', path: '/dev/ttyS0', line: ASCII, unitId: undefined },
    ],
    [
      'ascii:/dev/ttyS0?dataBits=8&parity=none',
      {
        kind: 'serial',
        framing: 'ascii',
        path: '/dev/ttyS0',
        line: { ...ASCII, dataBits: 8, parity: 'none' },
        unitId: undefined,
      },
    ],
    [
      'tcp://meter',
      { kind: 'tcp', framing: 'mbap', host: 'meter', port: 502, line: undefined, unitId: undefined },
    ],
    [
      'tcp://192.168.1.20:1502/?unit=255',
      { kind: 'tcp', framing: 'mbap', host: '192.168.1.20', port: 1502, line: undefined, unitId: 255 },
    ],
    [
      'rtu+tcp://[fd00::20]:4001?baud=9600',
      { kind: 'tcp', framing: 'rtu', host: 'fd00::20', port: 4001, line: RTU, unitId: undefined },
    ],
    [
      'ascii+tcp://ser2net.local:4001?baud=1200',
      {
        kind: 'tcp',
        framing: 'ascii',
        host: 'ser2net.local',
        port: 4001,
        line: { ...ASCII, baud: 1200 },
        unitId: undefined,
      },
    ],
    [
      'rtu+udp://10.0.0.1:4001',
      { kind: 'udp', framing: 'rtu', host: '10.0.0.1', port: 4001, line: undefined, unitId: undefined },
    ],
  ])('%s', (text, connection) => {
    expect(parseConnection(text)).toEqual(connection);
  });

  test.each([
    ['rtu+tcp://host', 'the port is missing', 'rtu+tcp://host:4001'],
    ['rtu+udp://host', 'the port is missing', 'rtu+udp://host:4001'],
    ['tcp://host:0', 'port', '502'],
    ['tcp://host:65536', 'port', '502'],
    ['tcp://host:5o2', 'port', '502'],
    ['tcp://host:', 'port', '502'],
    ['tcp://', 'host', 'tcp://192.168.1.20:502'],
    ['tcp://256.1.1.1', 'host', 'tcp://192.168.1.20:502'],
    ['tcp://[fd00::20', 'host', 'tcp://'],
    ['tcp://fd00::20', 'brackets', 'tcp://[fd00::20]:502'],
    ['tcp://user:word@host:502', 'port', '502'],
    ['tcp://host?unit=256', 'unit', '0 to 255'],
    ['rtu:/dev/ttyUSB0?unit=0', 'unit', '1 to 247'],
    ['rtu:/dev/ttyUSB0?unit=1.5', 'unit', '1 to 247'],
    ['rtu:/dev/ttyUSB0?baud=299', 'baud', '300 to 4000000'],
    ['rtu:/dev/ttyUSB0?baud=4000001', 'baud', '300 to 4000000'],
    ['rtu:/dev/ttyUSB0?baud=', 'baud', '300 to 4000000'],
    ['rtu:/dev/ttyUSB0?baud', 'baud', '300 to 4000000'],
    ['rtu:/dev/ttyUSB0?parity=mark', 'parity', 'none, even, odd'],
    ['rtu:/dev/ttyUSB0?stopBits=3', 'stopBits', '1, 2'],
    ['rtu:/dev/ttyUSB0?dataBits=7', 'dataBits', '8'],
    ['rtu:/dev/ttyUSB0?stopbits=1', 'unknown key "stopbits"', 'did you mean "stopBits"?'],
    ['rtu:/dev/ttyUSB0?__proto__=1', 'unknown key', 'known keys'],
    ['rtu:ttyUSB0', 'whole path', 'rtu:/dev/ttyUSB0'],
    ['rtu:', 'whole path', 'rtu:/dev/ttyUSB0'],
    ['rtu:usb:0403', 'USB', 'rtu:usb:0403:6001'],
    ['/dev/ttyUSB0', 'kind of connection', 'did you mean "rtu:/dev/ttyUSB0"?'],
    ['meter.local:502', 'kind of connection', 'did you mean "tcp://meter.local:502"?'],
    ['serial:/dev/ttyUSB0', 'unknown kind of connection "serial"', 'did you mean "rtu"?'],
    ['RTU:/dev/ttyUSB0', 'unknown kind', 'did you mean "rtu"?'],
    ['constructor://host', 'unknown kind', 'allowed'],
    ['rtu:/dev/tty USB0', 'spaces', 'allowed'],
    ['', 'kind of connection', 'allowed'],
  ])('%j is refused: %s', (text, problem, allowed) => {
    const parsed = parseConnection(text);
    expect(parsed).toHaveProperty('problem', expect.stringContaining(problem));
    expect(parsed).toHaveProperty('allowed', expect.stringContaining(allowed));
  });

  test('any text is a connection or a problem, never an exception', () => {
    const piece = fc.constantFrom(
      'rtu',
      'tcp',
      '+',
      ':',
      '//',
      '/dev/x',
      '?',
      'baud=',
      '9600',
      '&',
      '[',
      ']',
      '@',
      '%',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (any) => {
        const parsed = parseConnection(any);
        if (!('problem' in parsed)) expect(parseConnection(formatConnection(parsed))).toEqual(parsed);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('formatConnection', () => {
  const settings = fc.record({
    baud: fc.integer({ min: 300, max: 4_000_000 }),
    dataBits: fc.constant(8 as const),
    parity: fc.constantFrom('none' as const, 'even' as const, 'odd' as const),
    stopBits: fc.constantFrom(1 as const, 2 as const),
  });
  const unitId = fc.option(fc.integer({ min: 1, max: 247 }), { nil: undefined });
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  const network = {
    host,
    port: fc.integer({ min: 1, max: 65_535 }),
    line: fc.option(settings, { nil: undefined }),
    unitId,
  };
  const connection: fc.Arbitrary<Connection> = fc.oneof(
    fc.record({
      kind: fc.constant('serial' as const),
      framing: fc.constantFrom('rtu' as const, 'ascii' as const),
      path: fc.constantFrom(
        '/dev/ttyUSB0',
        '/dev/serial/by-id/usb-FTDI_A10K-if00-port0',
        'usb:0403:6001:A10K',
      ),
      line: settings,
      unitId,
    }),
    fc.record({
      kind: fc.constant('tcp' as const),
      framing: fc.constantFrom('rtu' as const, 'ascii' as const, 'mbap' as const),
      ...network,
    }),
    fc.record({ kind: fc.constant('udp' as const), framing: fc.constant('rtu' as const), ...network }),
  );

  test('writes what parseConnection reads back to the same value', () => {
    fc.assert(
      fc.property(connection, (any) => {
        expect(parseConnection(formatConnection(any))).toEqual(any);
      }),
    );
  });

  test('leaves out what is usual', () => {
    const serial = parseConnection('rtu:/dev/ttyUSB0');
    if ('problem' in serial) throw new Error(serial.problem);
    expect(formatConnection(serial)).toBe('rtu:/dev/ttyUSB0?baud=9600&parity=none');
    expect(
      formatConnection({ ...serial, kind: 'tcp', framing: 'mbap', host: '::1', port: 502, line: undefined }),
    ).toBe('tcp://[::1]:502');
  });
});
