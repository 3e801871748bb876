import type { DerivedDevice } from '../domain/derived.ts';
import type { DeviceRating } from '../domain/device.ts';

/** The configuration after loading: complete, checked, frozen. Intervals are milliseconds here, seconds in the file. */

export interface GatewayConfig {
  /** First topic level(s), e.g. `house` or `site7/house`. */
  readonly root: string;
  /** Where the program keeps what must survive a restart. */
  readonly stateDirectory: string;
  readonly statsIntervalMs: number;
  readonly log: { readonly level: LogLevel };
  readonly mqtt: MqttConfig;
  readonly broker: BrokerConfig;
  readonly sources: readonly SourceConfig[];
  readonly derived: readonly DerivedDevice[];
  /** Of every device, derived ones too, by its id. */
  readonly deviceSettings: Readonly<Record<string, DeviceSettings>>;
  readonly simulator: SimulatorConfig | undefined;
  /** Folders with further meter profiles, searched before the shipped one. */
  readonly profileDirectories: readonly string[];
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export interface MqttConfig {
  /** Absent: the embedded broker. `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string | undefined;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly clientId: string | undefined;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly verifyCertificate: boolean;
  /** 5: try MQTT 5 and fall back to 3.1.1; 4: MQTT 3.1.1 only. */
  readonly protocol: 5 | 4;
  readonly keepaliveS: number;
  /** Whether value topics are retained. */
  readonly retain: boolean;
}

/** A value that must never be printed: `toString` and JSON give `***`. */
export interface Secret {
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

export interface BrokerConfig {
  readonly enabled: boolean;
  readonly host: string;
  readonly port: number;
  /** WebSocket listener; absent means none. */
  readonly websocketPort: number | undefined;
  readonly allowAnonymous: boolean;
  readonly users: readonly BrokerUser[];
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxPacketBytes: number;
  readonly maxRetainedTopics: number;
  readonly maxRetainedBytes: number;
  readonly maxQueuedMessages: number;
  readonly connectTimeoutMs: number;
}

export interface BrokerUser {
  readonly name: string;
  /** `scrypt$N$r$p$salt$hash`, base64; or read from a file. */
  readonly passwordHash: Secret;
  readonly role: 'read' | 'write' | 'admin';
}

/** What the section of every source has; each kind adds its own (src/sources/<kind>/config.ts). */
export interface SourceConfig {
  readonly type: string;
  /** Name of the source (of its wire) in events and statistics. */
  readonly id: string;
  readonly devices: readonly SourceDeviceConfig[];
}

/** What every device of every source has. */
export interface SourceDeviceConfig {
  readonly id: string;
  readonly name: string;
  /** How often it is asked, or how often it reports by itself. */
  readonly intervalMs: number;
  /** Installed backwards: import and export change places, powers change sign. */
  readonly invert: boolean;
  readonly rating: DeviceRating;
}

/** How the values of one device are published; `state` always has every sample. */
export interface DeviceSettings {
  /** By key (`p`, `v_l1`), or `all` for those without a rule of their own; none: every sample. */
  readonly publish: Readonly<Record<string, ChangeRule>>;
  readonly aggregate: AggregateRule | undefined;
  /** Whether a device that counts no energy gets a counter summed up from its power. */
  readonly integrate: boolean;
}

/** A value is published when it has moved by the larger of the two, and after the heartbeat in any case. */
export interface ChangeRule {
  /** In the unit of the quantity. */
  readonly absolute: number;
  readonly percent: number;
  readonly heartbeatMs: number;
}

/** Mean, lowest and highest value of an interval, at `p_mean`, `p_min`, `p_max`. */
export interface AggregateRule {
  readonly intervalMs: number;
  readonly keys: readonly string[];
}

/** Where bytes of another protocol than Modbus come from: `serial:/dev/ttyUSB0?baud=115200`, `tcp://host:port`. */
export type ByteConnection =
  | { readonly kind: 'serial'; readonly path: string; readonly line: LineSettings }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** A broker that a source reads from; undefined in a source's configuration means the gateway's own. */
export interface SourceBrokerConfig {
  readonly url: string;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly verifyCertificate: boolean;
  readonly protocol: 5 | 4;
}

/** A parsed connection URL: section 9 of the design. */
export type Connection =
  | {
      readonly kind: 'serial';
      readonly framing: 'rtu' | 'ascii';
      /** `/dev/...`, or `usb:VID:PID[:SERIAL]`. */
      readonly path: string;
      readonly line: LineSettings;
      readonly unitId: number | undefined;
    }
  | {
      readonly kind: 'tcp';
      readonly framing: 'rtu' | 'ascii' | 'mbap';
      readonly host: string;
      readonly port: number;
      /** Settings of the RS-485 line behind a serial server, where the user told them. */
      readonly line: LineSettings | undefined;
      readonly unitId: number | undefined;
    }
  | {
      readonly kind: 'udp';
      readonly framing: 'rtu';
      readonly host: string;
      readonly port: number;
      readonly line: LineSettings | undefined;
      readonly unitId: number | undefined;
    };

export interface LineSettings {
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
}

/** The simulated house: what stands on which wire, driven by a seed. */
export interface SimulatorConfig {
  readonly seed: number;
  /** How fast a byte goes: at the pace of the line, or as fast as possible. */
  readonly paced: boolean;
  readonly buses: readonly SimulatedBusConfig[];
  /** Plugs that speak to a broker. */
  readonly mqtt?: SimulatedMqttConfig;
  /** Plugwise sticks with their circles. */
  readonly sticks?: readonly SimulatedStickConfig[];
}

export interface SimulatedMqttConfig {
  /** Absent: the broker to which the gateway publishes. */
  readonly broker: SimulatedBrokerConfig | undefined;
  readonly zigbee2mqtt: SimulatedZigbeeConfig | undefined;
  readonly tasmota: readonly SimulatedTasmotaConfig[];
  readonly shelly: readonly SimulatedShellyConfig[];
}

export interface SimulatedBrokerConfig {
  readonly url: string;
  readonly username: string | undefined;
  /** Absolute path; read by the simulator itself, whose thread no secret can be handed to. */
  readonly passwordFile: string | undefined;
}

export interface SimulatedZigbeeConfig {
  /** First level(s) of its topics. */
  readonly base: string;
  readonly plugs: readonly SimulatedZigbeePlugConfig[];
}

export interface SimulatedZigbeePlugConfig {
  /** Friendly name, with which the plug's topics go on. */
  readonly name: string;
  /** `0x` and sixteen hexadecimal digits in lower case. */
  readonly ieee: string;
  readonly measures: string;
}

export interface SimulatedTasmotaConfig {
  readonly topic: string;
  readonly measures: string;
}

export interface SimulatedShellyConfig {
  readonly prefix: string;
  readonly measures: string;
}

export interface SimulatedStickConfig {
  /** Where the stick's serial line is: a TCP listener, or a serial port. */
  readonly connection: ByteConnection;
  readonly circles: readonly SimulatedCircleConfig[];
}

export interface SimulatedCircleConfig {
  /** Sixteen hexadecimal digits in upper case. */
  readonly mac: string;
  readonly measures: string;
}

export interface SimulatedBusConfig {
  /** Where it answers: `rtu+tcp://127.0.0.1:5021`, `tcp://127.0.0.1:5022`, `rtu:/dev/pts/4`. */
  readonly connection: Connection;
  /** Time between a request and its answer. */
  readonly turnaroundMs: number;
  readonly meters: readonly SimulatedMeterConfig[];
}

export interface SimulatedMeterConfig {
  readonly unitId: number;
  readonly profile: string;
  /** What it measures: `mains`, or the name of one load of the simulated house. */
  readonly measures: string;
}
