import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MeterProfile } from '../../src/meters/profile.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';

/** What the process with the naming meters serves. */
export interface NamingTask {
  readonly seed: number;
  readonly buses: readonly {
    readonly path: string;
    readonly baud: number;
    readonly turnaroundMs: number;
    readonly units: readonly number[];
  }[];
}

export interface NamingCommand {
  readonly faults: readonly FaultRule[];
}

export type NamingReport =
  | 'ready'
  | { readonly bus: number; readonly fault: string | undefined; readonly at: number };

export interface NamingMeters {
  setFaults(faults: readonly FaultRule[]): void;
  /** Requests so far, and how many of them met which fault. */
  readonly requests: number;
  readonly faults: ReadonlyMap<string, number>;
  /** Wall clock of the last request that met a fault. */
  readonly lastFaultAt: number;
  stop(): Promise<void>;
}

export async function startNamingMeters(task: NamingTask): Promise<NamingMeters> {
  const path = fileURLToPath(new URL('../../dist-test/naming-process.js', import.meta.url));
  const child: ChildProcess = fork(path, [JSON.stringify(task)], { execArgv: [] });
  const faults = new Map<string, number>();
  let requests = 0;
  let lastFaultAt = 0;
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the naming meters ended with ${code}`)));
    child.on('message', (report: NamingReport) => {
      if (report === 'ready') return resolve();
      requests++;
      if (report.fault === undefined) return;
      faults.set(report.fault, (faults.get(report.fault) ?? 0) + 1);
      lastFaultAt = Math.max(lastFaultAt, report.at);
    });
  });
  return {
    setFaults: (rules) => child.send({ faults: rules } satisfies NamingCommand),
    get requests() {
      return requests;
    },
    faults,
    get lastFaultAt() {
      return lastFaultAt;
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** What a profile for naming meters is made of: float32 rows at these addresses of the input registers. */
export interface NamingProfile {
  readonly id: string;
  readonly addresses: readonly number[];
  readonly maxRegisters: number;
  readonly canBridge: boolean;
  readonly maxGap: number;
}

// Codes and phases only have to be different; which address a key has is what the test asks for.
const CODES = ['p', 'q', 's', 'v', 'i'] as const;
const PHASES = ['l1', 'l2', 'l3', 'n', 'pe', 'l1l2', 'l2l3', 'l3l1'] as const;

export function namingProfile(shape: NamingProfile): MeterProfile {
  const registers = shape.addresses.map((address, n) => ({
    code: CODES[n % CODES.length] ?? 'p',
    phase: PHASES[Math.floor(n / CODES.length) % PHASES.length] ?? 'l1',
    table: 'input' as const,
    address,
    type: 'float32' as const,
    wordOrder: 'big' as const,
    scale: 1,
    unit: ['W', 'var', 'VA', 'V', 'A'][n % CODES.length] ?? 'W',
    invalid: [],
    cadence: 'live' as const,
    enabled: true,
    optional: false,
    sources: ['test'],
  }));
  return {
    id: shape.id,
    manufacturer: 'test',
    model: shape.id,
    aliases: [],
    lines: 1,
    gapMs: 0,
    latencyMs: 300,
    limits: {
      maxRegisters: shape.maxRegisters,
      step: 1,
      canBridge: shape.canBridge,
      maxGap: shape.maxGap,
      blocks: [],
      forbidden: [],
      tablesAlike: false,
    },
    identify: [],
    scales: [],
    registers,
    notes: [],
    doubts: [],
    sources: new Map([['test', 'test']]),
  };
}

/** `p_l1` and so on to the address that the row reads. */
export function addressByKey(profile: MeterProfile): ReadonlyMap<string, number> {
  return new Map(profile.registers.map((row) => [`${row.code}_${row.phase}`, row.address]));
}
