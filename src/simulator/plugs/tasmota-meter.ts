import { counted, type PlugCircuit, rounded } from './plug-circuit.ts';

/**
 * The energy driver of Tasmota: a chip that measures voltage, current and power, and counters in kWh by the
 * local day. Set to one decimal of watt and volt (WattRes 1, VoltRes 1).
 */
export interface TasmotaMeter {
  /** The members of ENERGY. */
  energyAt(at: number, hasNoPower: boolean): Readonly<Record<string, unknown>>;
  /** Wh since the last telemetry. */
  takePeriod(at: number): number;
  /** The counters are in its flash; the Wh since the last telemetry are not. */
  restart(): void;
}

// Where its owner lives it is an hour later than UTC: its times have no zone, and are not UTC.
const ZONE_MS = 3_600_000;
const DAY_MS = 86_400_000;
const COUNTED_SINCE = '2025-01-01T00:00:00';

/** Local time as Tasmota writes it. */
export function localText(at: number): string {
  return new Date(at + ZONE_MS).toISOString().slice(0, 19);
}

/** Energies at the begin of a local day and of the day before it. */
interface Midnights {
  readonly day: number;
  readonly todayWh: number;
  readonly yesterdayWh: number;
}

/** Looks at the days before `startAt` at once: that takes a while, which later would hold up others. */
export function createTasmotaMeter(circuit: PlugCircuit, startAt: number): TasmotaMeter {
  const dayAt = (at: number) => Math.floor((at + ZONE_MS) / DAY_MS);
  const beginOf = (day: number) => circuit.energyWh(day * DAY_MS - ZONE_MS);
  const firstDay = dayAt(startAt);
  let midnights: Midnights = {
    day: firstDay,
    todayWh: beginOf(firstDay),
    yesterdayWh: beginOf(firstDay - 1),
  };
  let lastWh: number | undefined;
  const midnightsAt = (at: number): Midnights => {
    const day = dayAt(at);
    if (day !== midnights.day) {
      const yesterdayWh = day === midnights.day + 1 ? midnights.todayWh : beginOf(day - 1);
      midnights = { day, todayWh: beginOf(day), yesterdayWh };
    }
    return midnights;
  };
  return {
    energyAt(at, hasNoPower) {
      const { p, q, s, v, i } = circuit.view(at);
      const wh = circuit.energyWh(at);
      const { todayWh, yesterdayWh } = midnightsAt(at);
      return {
        TotalStartTime: COUNTED_SINCE,
        Total: counted(wh / 1000, 3),
        Yesterday: counted((todayWh - yesterdayWh) / 1000, 3),
        Today: counted((wh - todayWh) / 1000, 3),
        // NaN of its arithmetic becomes null in JSON.
        Power: hasNoPower ? null : rounded(Math.abs(p), 1),
        ApparentPower: rounded(s, 1),
        ReactivePower: rounded(Math.abs(q), 1),
        Factor: rounded(s === 0 ? 0 : Math.abs(p) / s, 2),
        // Without SetOption21 there is no voltage while the relay is open.
        Voltage: circuit.isOn ? rounded(v, 1) : 0,
        Current: rounded(i, 3),
      };
    },
    takePeriod(at) {
      const wh = circuit.energyWh(at);
      const period = lastWh === undefined ? 0 : rounded(wh - lastWh, 1);
      lastWh = wh;
      return period;
    },
    restart() {
      lastWh = undefined;
    },
  };
}
