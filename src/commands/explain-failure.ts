import { EXIT, type ExitCode } from '../lib/exit-codes.ts';
import { ModbusExceptionError, ModbusProtocolError, type ProtocolFault } from '../protocols/modbus/errors.ts';
import { TransportError } from '../transports/byte-stream.ts';
import { transportExitCode } from './failure.ts';

/** What a failed request means to the person in front of the meter. */
export interface Explanation {
  /** What happened, as the bus says it. */
  readonly what: string;
  /** What to do about it. */
  readonly advice: string;
  readonly exitCode: ExitCode;
}

const DAMAGE_ADVICE = 'noise on the line, a missing terminator or ground, or two units with one number';

const FAULT_ADVICE: Readonly<Record<ProtocolFault, string>> = {
  crc: DAMAGE_ADVICE,
  truncated: DAMAGE_ADVICE,
  'wrong-unit':
    'two programs on one line, or a unit that answers very late; try again with nothing else on it',
  'wrong-function':
    'two programs on one line, or a unit that answers very late; try again with nothing else on it',
  'wrong-byte-count': 'a unit that answers very late, or one that does not keep to the protocol; try again',
  'echo-only': 'check the adapter (local echo, direction switch) and whether a meter is connected at all',
  garbage: 'wrong baud rate or parity, or another protocol; `busbar scan` tries the usual settings',
  'unclear-exception': 'try again',
};

/** Says plainly what a failure of a request means and what to do. */
export function explainFailure(error: Error): Explanation {
  const what = error.message;
  if (error instanceof ModbusExceptionError) return { what, ...refusalAdvice(error) };
  if (error instanceof ModbusProtocolError)
    return { what, advice: FAULT_ADVICE[error.fault], exitCode: EXIT.io };
  if (error instanceof TransportError) {
    const advice =
      error.code === 'timeout'
        ? 'check unit number, baud rate and parity, the wires (A and B swapped?) and the supply; `busbar scan` tries the usual settings'
        : 'check the connection and try again';
    return { what, advice, exitCode: transportExitCode(error) };
  }
  return { what, advice: 'try again', exitCode: EXIT.software };
}

function refusalAdvice(error: ModbusExceptionError): Omit<Explanation, 'what'> {
  switch (error.exceptionCode) {
    case 10:
    case 11:
      return {
        advice:
          'the gateway in between does not reach the unit: check unit number, wires and its serial settings',
        exitCode: EXIT.unavailable,
      };
    case 5:
    case 6:
      return { advice: 'the meter is busy; try again', exitCode: EXIT.unavailable };
    case 4:
      return {
        advice: 'the meter answers with a failure of its own: perhaps another model, or it needs service',
        exitCode: EXIT.data,
      };
    default:
      return {
        advice:
          'the meter answers and does not have them: perhaps another model; `busbar scan` names the likely ones',
        exitCode: EXIT.data,
      };
  }
}
