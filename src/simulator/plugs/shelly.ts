import type { SimulatedShellyConfig } from '../../config/types.ts';
import type { House } from '../house.ts';
import { macOf } from './plug-circuit.ts';
import { type PlugFault, type PlugMessage, type PlugProgram, say, sayRetained } from './program.ts';
import { answerCall, ofSwitch, refuse, type ShellyMethod, type ShellyResult } from './shelly-rpc.ts';
import { MINUTE_MS, type ShellyStatus, ShellySwitch } from './shelly-switch.ts';

/**
 * A Shelly Plus Plug S, as the documentation of the second generation describes it.
 *
 *     <prefix>/online      true | false                                        retained, last will
 *     <prefix>/events/rpc  NotifyFullStatus when it has come to the broker, NotifyStatus at a change:
 *                          {"method":"NotifyStatus","params":{"ts":1675542540.15,"switch:0":{"id":0,"apower":88.1}}}
 *     <prefix>/rpc         calls, see shelly-rpc.ts
 *
 * `<prefix>/status/switch:0` is off, as it is when the plug comes out of its box.
 */

/** Smallest changes that are told. A load that stands still is silent but for its energy, once a minute. */
const VOLTAGE_STEP_V = 1;
const CURRENT_STEP_A = 0.05;
const POWER_STEP_W = 0.5;
const STEP_SHARE = 0.05;

/** Throws an Error for a circuit that the house does not have. */
export function createShelly(
  { prefix, measures }: SimulatedShellyConfig,
  house: House,
  startAt: number,
): PlugProgram {
  return new Shelly(prefix, new ShellySwitch(house, measures, startAt), startAt);
}

class Shelly implements PlugProgram {
  readonly label: string;
  readonly clientId: string;
  readonly will: PlugMessage;
  readonly filters: readonly string[];
  #fault: PlugFault | undefined;
  #told: ShellyStatus | undefined;
  #toldMinute = 0;

  constructor(
    private readonly prefix: string,
    private readonly relay: ShellySwitch,
    private bootedAt: number,
  ) {
    this.label = `shelly ${prefix}`;
    this.clientId = deviceIdOf(prefix);
    this.will = sayRetained(`${prefix}/online`, 'false');
    this.filters = [`${prefix}/rpc`];
  }

  onConnect(at: number): readonly PlugMessage[] {
    this.#told = this.#statusAt(at);
    this.#toldMinute = Math.floor(at / MINUTE_MS);
    return [
      sayRetained(`${this.prefix}/online`, 'true'),
      this.#notify('NotifyFullStatus', at, this.#fullStatus(at)),
    ];
  }

  onTick(at: number): readonly PlugMessage[] {
    if (this.#fault === 'silent') return [];
    const status = this.#statusAt(at);
    const changed = changesOf(this.#told, status);
    this.#told = { ...status, ...unchangedOf(this.#told, changed) };
    const minute = Math.floor(at / MINUTE_MS);
    const isNewMinute = minute !== this.#toldMinute;
    this.#toldMinute = minute;
    return [
      ...(Object.keys(changed).length === 0 ? [] : [this.#notifySwitch(at, changed)]),
      ...(isNewMinute ? [this.#notifySwitch(at, { aenergy: status.aenergy })] : []),
    ];
  }

  onMessage(topic: string, payload: Uint8Array, at: number): readonly PlugMessage[] {
    if (this.#fault === 'silent' || topic !== this.filters[0]) return [];
    const further: PlugMessage[] = [];
    const answer = answerCall(this.clientId, payload, this.#methodsAt(at, further));
    return answer === undefined ? further : [answer, ...further];
  }

  restart(at: number): void {
    this.bootedAt = at;
    this.relay.restart(at);
  }

  setFault(fault: PlugFault | undefined): void {
    this.#fault = fault;
  }

  #methodsAt(at: number, further: PlugMessage[]): ReadonlyMap<string, ShellyMethod> {
    return new Map<string, ShellyMethod>([
      ['shelly.getstatus', () => ({ result: this.#fullStatus(at) })],
      ['shelly.getdeviceinfo', () => ({ result: deviceDescription(this.clientId) })],
      ['switch.getstatus', ofSwitch(() => ({ result: this.#statusAt(at) }))],
      ['switch.set', ofSwitch(({ on }) => this.#switchTo(on, at, further))],
    ]);
  }

  #switchTo(on: unknown, at: number, further: PlugMessage[]): ShellyResult {
    if (typeof on !== 'boolean') return refuse(-103, "Missing or bad argument 'on'!");
    const wasOn = this.relay.circuit.isOn;
    this.relay.circuit.switchTo(on, at);
    this.relay.source = 'MQTT';
    if (wasOn !== on) further.push(this.#notifySwitch(at, { output: on, source: 'MQTT' }));
    return { result: { was_on: wasOn } };
  }

  #statusAt(at: number): ShellyStatus {
    return this.relay.statusAt(at, this.#fault === 'sentinel');
  }

  #fullStatus(at: number) {
    return {
      ble: {},
      cloud: { connected: false },
      mqtt: { connected: true },
      'switch:0': this.#statusAt(at),
      sys: systemStatus(this.bootedAt, at, macIn(this.clientId)),
      wifi: { sta_ip: '192.168.178.72', status: 'got ip', ssid: 'house', rssi: -58 },
      ws: { connected: false },
    };
  }

  #notifySwitch(at: number, members: object): PlugMessage {
    return this.#notify('NotifyStatus', at, { 'switch:0': { id: 0, ...members } });
  }

  #notify(method: 'NotifyStatus' | 'NotifyFullStatus', at: number, members: object): PlugMessage {
    const params = { ts: Math.floor(at / 10) / 100, ...members };
    return say(`${this.prefix}/events/rpc`, {
      src: this.clientId,
      dst: `${this.prefix}/events`,
      method,
      params,
    });
  }
}

// The prefix is the id until its owner chooses another one.
function deviceIdOf(prefix: string): string {
  const isId = /^shelly[a-z0-9]+-[0-9a-f]{12}$/.test(prefix);
  return isId ? prefix : `shellyplusplugs-${macOf('E86BEA', prefix).toLowerCase()}`;
}

const macIn = (deviceId: string) => deviceId.slice(deviceId.lastIndexOf('-') + 1).toUpperCase();

type Gauge = 'apower' | 'voltage' | 'current';
const STEPS: Readonly<Record<Gauge, (last: number) => number>> = {
  apower: (last) => Math.max(POWER_STEP_W, STEP_SHARE * last),
  voltage: () => VOLTAGE_STEP_V,
  current: (last) => Math.max(CURRENT_STEP_A, STEP_SHARE * last),
};
const GAUGES = Object.keys(STEPS) as readonly Gauge[]; // keys of a literal without others

function changesOf(told: ShellyStatus | undefined, now: ShellyStatus): Partial<Record<Gauge, number | null>> {
  const changed = GAUGES.filter((gauge) => {
    const [last, value] = [told?.[gauge], now[gauge]];
    if (typeof last !== 'number' || typeof value !== 'number') return last !== value;
    return Math.abs(value - last) >= STEPS[gauge](last);
  });
  return Object.fromEntries(changed.map((gauge) => [gauge, now[gauge]]));
}

// A slow change is told once its sum is large enough: compared is what was told, not what was measured.
function unchangedOf(told: ShellyStatus | undefined, changed: object): Partial<ShellyStatus> {
  if (told === undefined) return {};
  return Object.fromEntries(
    GAUGES.filter((gauge) => !Object.hasOwn(changed, gauge)).map((gauge) => [gauge, told[gauge]]),
  );
}

function systemStatus(bootedAt: number, at: number, mac: string) {
  return {
    mac,
    restart_required: false,
    time: new Date(at).toISOString().slice(11, 16),
    unixtime: Math.floor(at / 1000),
    uptime: Math.max(0, Math.floor((at - bootedAt) / 1000)),
    ram_size: 246_256,
    ram_free: 141_412,
    fs_size: 458_752,
    fs_free: 131_072,
    cfg_rev: 14,
    kvs_rev: 0,
    schedule_rev: 0,
    webhook_rev: 0,
    available_updates: {},
    reset_reason: 3,
  };
}

function deviceDescription(id: string) {
  return {
    name: null,
    id,
    mac: macIn(id),
    slot: 0,
    model: 'SNPL-00112EU',
    gen: 2,
    fw_id: '20241011-114449/1.4.4-g6d2a586',
    ver: '1.4.4',
    app: 'PlusPlugS',
    auth_en: false,
    auth_domain: null,
  };
}
