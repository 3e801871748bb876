import { say } from './program.ts';
import { localText } from './tasmota-meter.ts';

/** What a Tasmota says of itself. */
export interface TasmotaIdentity {
  readonly topic: string;
  readonly mac: string;
  readonly startedAt: number;
  readonly bootCount: number;
  readonly mqttCount: number;
}

const VERSION = '14.6.0(release-tasmota)';
const MODULE = 'Nous A1T';

/** `tele/<t>/INFO1` to `INFO3` */
export function startMessages({ topic, mac, bootCount }: TasmotaIdentity) {
  const short = mac.slice(-6);
  return [
    say(`tele/${topic}/INFO1`, {
      Info1: {
        Module: MODULE,
        Version: VERSION,
        FallbackTopic: `cmnd/DVES_${short}_fb/`,
        GroupTopic: 'cmnd/tasmotas/',
      },
    }),
    say(`tele/${topic}/INFO2`, {
      Info2: { WebServerMode: 'Admin', Hostname: `tasmota-${short}`, IPAddress: '192.168.178.61' },
    }),
    say(`tele/${topic}/INFO3`, { Info3: { RestartReason: 'Power On', BootCount: bootCount } }),
  ];
}

/** `tele/<t>/STATE` */
export function stateOf({ startedAt, mqttCount }: TasmotaIdentity, power: 'ON' | 'OFF', at: number) {
  const seconds = Math.max(0, Math.floor((at - startedAt) / 1000));
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return {
    Time: localText(at),
    Uptime: `${Math.floor(seconds / 86_400)}T${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`,
    UptimeSec: seconds,
    Heap: 25,
    SleepMode: 'Dynamic',
    Sleep: 50,
    LoadAvg: 19,
    MqttCount: mqttCount,
    POWER: power,
    Wifi: {
      AP: 1,
      SSId: 'house',
      BSSId: '3C:A6:2F:11:22:33',
      Channel: 6,
      Mode: '11n',
      RSSI: 78,
      Signal: -61,
      LinkCount: 1,
    },
  };
}

/** `stat/<t>/STATUS` */
export function statusOf({ topic }: TasmotaIdentity, isOn: boolean) {
  return { Module: 0, DeviceName: topic, FriendlyName: [topic], Topic: topic, Power: isOn ? '1' : '0' };
}

/** `tasmota/discovery/<MAC>/config` */
export function discoveryConfig({ topic, mac }: TasmotaIdentity) {
  const times = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);
  return {
    ip: '192.168.178.61',
    dn: topic,
    fn: [topic, ...times(7, null)],
    hn: `tasmota-${mac.slice(-6)}`,
    mac,
    md: MODULE,
    ty: 0,
    if: 0,
    ofln: 'Offline',
    onln: 'Online',
    state: ['OFF', 'ON', 'TOGGLE', 'HOLD'],
    sw: '14.6.0',
    t: topic,
    ft: '%prefix%/%topic%/',
    tp: ['cmnd', 'stat', 'tele'],
    rl: [1, ...times(7, 0)],
    swc: times(8, -1),
    swn: times(8, null),
    btn: times(8, 0),
    so: {
      '4': 0,
      '11': 0,
      '13': 0,
      '17': 0,
      '20': 0,
      '30': 0,
      '68': 0,
      '73': 0,
      '82': 0,
      '114': 0,
      '117': 0,
    },
    lk: 0,
    lt_st: 0,
    sho: times(4, 0),
    ver: 1,
  };
}
