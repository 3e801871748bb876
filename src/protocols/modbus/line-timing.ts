/** How long bytes take on the wire, as far as the line is known. All in milliseconds. */
export interface LineTiming {
  /** One character: start bit, data bits, parity, stop bits. 0 where there is no serial line. */
  readonly characterMs: number;
  /** Silence before each request. */
  readonly silentIntervalMs: number;
  /** What adapter, driver and network add to an answer at most. */
  readonly adapterLatencyMs: number;
  /** Whether answers arrive in the order in which they were sent; over UDP they need not. */
  readonly keepsOrder: boolean;
}

export interface SerialLine {
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
}

/**
 * Timing of a serial line: silence of 3.5 characters, fixed at 1.75 ms above 19200 baud.
 * "MODBUS over Serial Line Specification and Implementation Guide V1.02", 2.5.1.1.
 */
export function serialTiming(line: SerialLine, adapterLatencyMs: number): LineTiming {
  const bits = 1 + line.dataBits + (line.parity === 'none' ? 0 : 1) + line.stopBits;
  const characterMs = (bits * 1000) / line.baud;
  return {
    characterMs,
    silentIntervalMs: line.baud > 19200 ? 1.75 : 3.5 * characterMs,
    adapterLatencyMs,
    keepsOrder: true,
  };
}

/** Timing where only a network is known: bytes take no time, the way there and back some. */
export function networkTiming(adapterLatencyMs: number): LineTiming {
  return { characterMs: 0, silentIntervalMs: 0, adapterLatencyMs, keepsOrder: true };
}
