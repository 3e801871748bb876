import { describe, expect, it } from 'vitest';
import { explainFailure } from '../../../src/commands/explain-failure.ts';
import { CommandError, describeFailure } from '../../../src/commands/failure.ts';
import { IssuesError } from '../../../src/lib/issue.ts';
import {
  ModbusExceptionError,
  ModbusProtocolError,
  PROTOCOL_FAULTS,
} from '../../../src/protocols/modbus/errors.ts';
import { TransportError } from '../../../src/transports/byte-stream.ts';

const issue = { file: 'a.yaml', line: 3, column: 1, path: 'root', problem: 'found 1', allowed: undefined };

describe('what a command threw', () => {
  it.each([
    [new CommandError(64, 'say how'), 64, 'say how'],
    [new IssuesError([issue, issue]), 78, '2 mistakes'],
    [new TransportError('not-found', 'no serial port'), 69, 'no serial port'],
    [new TransportError('no-permission', 'join dialout'), 77, 'join dialout'],
    [new TransportError('refused', 'refused'), 69, 'refused'],
    [new TransportError('lost', 'gone'), 74, 'gone'],
  ])('%s ends with code %d', (error, exitCode, text) => {
    const failure = describeFailure(error);
    expect(failure?.exitCode).toBe(exitCode);
    expect(failure?.message).toContain(text);
  });

  it('is a mistake of the program where nobody expected it', () => {
    expect(describeFailure(new TypeError('x is undefined'))).toBeUndefined();
    expect(describeFailure('text')).toBeUndefined();
  });
});

describe('what a failed request means', () => {
  it.each([
    [new TransportError('timeout', 'no answer'), 69, 'A and B swapped'],
    [new ModbusExceptionError(2, 'unit 1'), 65, 'another model'],
    [new ModbusExceptionError(11, 'unit 1'), 69, 'gateway in between'],
    [new ModbusExceptionError(6, 'unit 1'), 69, 'busy'],
    [new ModbusExceptionError(4, 'unit 1'), 65, 'failure of its own'],
    [new ModbusProtocolError('crc', 'damaged', new Uint8Array()), 74, 'terminator'],
    [new ModbusProtocolError('echo-only', 'echo', new Uint8Array()), 74, 'local echo'],
    [new ModbusProtocolError('garbage', 'garbage', new Uint8Array()), 74, 'wrong baud rate'],
  ])('%s: code %d, and what to do', (error, exitCode, advice) => {
    const explained = explainFailure(error);
    expect(explained.exitCode).toBe(exitCode);
    expect(explained.advice).toContain(advice);
    expect(explained.what).toBe(error.message);
  });

  it('has advice for every kind of damage', () => {
    for (const fault of PROTOCOL_FAULTS)
      expect(explainFailure(new ModbusProtocolError(fault, fault, new Uint8Array())).advice).not.toBe('');
  });
});
