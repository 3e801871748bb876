import { createSystemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { createLine, type Line } from '../../src/simulator/line.ts';
import { createNamingMeter } from '../../src/simulator/naming-meter.ts';
import { openWire } from '../../src/simulator/wires/open-wire.ts';
import type { NamingCommand, NamingReport, NamingTask } from './naming-meters.ts';

// Meters whose every value names the request that it answers, in a process of their own: what holds up the
// gateway's event loop in a test does not hold up the meters.

const task = JSON.parse(process.argv[2] ?? '{}') as NamingTask;
const clock = createSystemClock();
const report = (message: NamingReport) => process.send?.(message);

const lines: Line[] = [];
for (const [n, bus] of task.buses.entries()) {
  const line = createLine({
    units: new Map(bus.units.map((unitId) => [unitId, createNamingMeter()])),
    framing: 'rtu',
    settings: { baud: bus.baud, dataBits: 8, parity: 'none', stopBits: 1 },
    paced: true,
    turnaroundMs: bus.turnaroundMs,
    clock,
    seed: task.seed + n,
    onRequest: ({ fault, at }) => report({ bus: n, fault, at }),
  });
  const settings = { baud: bus.baud, dataBits: 8, parity: 'none', stopBits: 1 } as const;
  const connection = {
    kind: 'serial',
    framing: 'rtu',
    path: bus.path,
    line: settings,
    unitId: undefined,
  } as const;
  await openWire(connection, line, { clock, logger: silentLogger });
  lines.push(line);
}
process.on('message', (command: NamingCommand) => {
  for (const line of lines) line.setFaults(command.faults);
});
process.on('disconnect', () => process.exit(0));
report('ready');
