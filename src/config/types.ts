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

/** One row for each kind of source; each source's folder says what stands in its section. */
export type SourceConfig = ModbusMeterConfig;

export interface ModbusMeterConfig {
  readonly type: 'modbus-meter';
  /** Name of the bus in events and statistics. */
  readonly id: string;
  readonly connection: Connection;
  readonly devices: readonly ModbusDeviceConfig[];
}

export interface ModbusDeviceConfig {
  readonly id: string;
  readonly name: string;
  /** Id of the meter profile. */
  readonly meter: string;
  readonly unitId: number;
  readonly intervalMs: number;
  /** Interval of counters (energy); at least `intervalMs`. */
  readonly counterIntervalMs: number;
  readonly slowIntervalMs: number;
  /** Overrides of the profile, where given. */
  readonly wordOrder: 'big' | 'little' | undefined;
  readonly gapMs: number | undefined;
  readonly latencyMs: number | undefined;
  readonly maxRegisters: number | undefined;
  /** Keys (`v_l1`, `e_exp`) to read; absent means every enabled row of the profile. */
  readonly only: readonly string[] | undefined;
  /** Keys whose rows are switched on or off against the profile. */
  readonly enable: readonly string[];
  readonly disable: readonly string[];
  /** Meter was wired backwards: import and export change places, powers change sign. */
  readonly invert: boolean;
  readonly rating: DeviceRating;
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
