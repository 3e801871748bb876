import type { SlotPlan } from '../../sources/modbus-meter/plan-summary.ts';
import type { HousePlan } from './house-plan.ts';
import { MESSAGE_LOAD_WORDS } from './message-load.ts';

const rounded = (value: number) => Math.round(value * 1000) / 1000;

/** The poll plan for programs. Times in milliseconds, intervals in seconds as in the configuration. */
export function planDocument(house: HousePlan, latencyMs: number) {
  return {
    latency_ms: latencyMs,
    buses: house.buses.map(({ connection, plan }) => ({
      id: plan.id,
      connection,
      load_percent: rounded(plan.loadPercent),
      full_slot_ms: rounded(plan.fullSlotMs),
      devices: plan.devices.map((device) => ({
        id: device.id,
        meter: device.meter,
        unit: device.unitId,
        load_percent: rounded(device.loadPercent),
        scale_registers: device.scaleRegisters,
        slots: device.slots.map(slotDocument),
      })),
    })),
    messages_per_second: rounded(house.messages.messagesPerSecond),
    megabytes_per_day: rounded(house.messages.megabytesPerDay),
    reckoned_as: MESSAGE_LOAD_WORDS,
    problems: house.problems,
  };
}

function slotDocument(slot: SlotPlan) {
  return {
    interval: slot.intervalMs / 1000,
    per_second: rounded(slot.perSecond),
    line_ms: rounded(slot.lineMs),
    values: slot.keys,
    requests: slot.reads.map(({ read, lineMs }) => ({
      table: read.table,
      address: read.address,
      registers: read.count,
      values: read.rows.map((row) => row.key),
      line_ms: rounded(lineMs),
    })),
  };
}
