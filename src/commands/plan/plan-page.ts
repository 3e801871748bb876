import { formatTable, wrapText } from '../../lib/table.ts';
import type { DevicePlan, SlotPlan } from '../../sources/modbus-meter/plan-summary.ts';
import { formatHex, formatInterval, formatMs } from '../output.ts';
import type { HousePlan } from './house-plan.ts';
import { MESSAGE_LOAD_WORDS } from './message-load.ts';

const WIDTH = 100;

const COLUMNS = [
  { title: 'EVERY', align: 'right' },
  { title: 'DEVICE' },
  { title: 'UNIT', align: 'right' },
  { title: 'TABLE' },
  { title: 'ADDRESSES' },
  { title: 'REGISTERS', align: 'right' },
  { title: 'VALUES', align: 'right' },
  { title: 'LINE TIME', align: 'right' },
] as const;

/** The poll plan for people: requests of each bus and interval class, sums, load, messages. */
export function planPage(house: HousePlan, latencyMs: number): string[] {
  const lines: string[] = [];
  for (const { connection, isSerialLine, plan } of house.buses) {
    lines.push(`Bus ${plan.id}  ${connection}`, '');
    const rows = plan.devices.flatMap((device) => device.slots.flatMap((slot) => slotRows(device, slot)));
    lines.push(...formatTable(COLUMNS, rows).map((line) => `  ${line}`), '');
    lines.push(
      `  bus load ${formatPercent(plan.loadPercent)}; everything at once ${formatMs(plan.fullSlotMs)}`,
    );
    if (!isSerialLine)
      lines.push(
        '  the speed of the line behind it is not known (write ?baud=9600 to count it); only latency is',
      );
    lines.push(...plan.devices.flatMap(scaleWords), '');
  }
  const { messagesPerSecond, megabytesPerDay } = house.messages;
  const reckoned = `Line time is request and answer on the wire, the silence before them, and ${latencyMs} ms until the meter answers.`;
  return [
    ...lines,
    `MQTT: ${rounded(messagesPerSecond)} messages a second, ${rounded(megabytesPerDay)} MB a day`,
    ...wrapText(`(${MESSAGE_LOAD_WORDS}).`, WIDTH),
    ...(house.buses.length === 0 ? [] : wrapText(reckoned, WIDTH)),
  ];
}

function slotRows(device: DevicePlan, slot: SlotPlan): string[][] {
  const every = formatInterval(slot.intervalMs);
  const rows = slot.reads.map(({ read, lineMs }, index) => [
    index === 0 ? every : '',
    index === 0 ? device.id : '',
    index === 0 ? String(device.unitId) : '',
    read.table,
    `${formatHex(read.address)}-${formatHex(read.address + read.count - 1)}`,
    String(read.count),
    String(read.rows.length),
    formatMs(lineMs),
  ]);
  if (slot.reads.length < 2) return rows;
  const registers = slot.reads.reduce((sum, { read }) => sum + read.count, 0);
  return [
    ...rows,
    ['', '', '', '', 'sum', String(registers), String(slot.keys.length), formatMs(slot.lineMs)],
  ];
}

function scaleWords({ id, scaleRegisters }: DevicePlan): string[] {
  if (scaleRegisters === 0) return [];
  return [`  ${id}: ${scaleRegisters} registers with scales besides, at the start and every 5 minutes`];
}

function formatPercent(percent: number): string {
  return `${percent < 10 ? rounded(percent) : String(Math.round(percent))} %`;
}

function rounded(value: number): string {
  return value < 10 ? String(Math.round(value * 100) / 100) : String(Math.round(value));
}
