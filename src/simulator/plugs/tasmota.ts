import type { SimulatedTasmotaConfig } from '../../config/types.ts';
import type { House } from '../house.ts';
import { createPlugCircuit, macOf, type PlugCircuit } from './plug-circuit.ts';
import { type PlugFault, type PlugMessage, type PlugProgram, say, sayRetained } from './program.ts';
import {
  discoveryConfig,
  startMessages,
  stateOf,
  statusOf,
  type TasmotaIdentity,
} from './tasmota-documents.ts';
import { createTasmotaMeter, localText, type TasmotaMeter } from './tasmota-meter.ts';

/**
 * A plug with Tasmota 14, as its documentation describes commands and topics; full topic %prefix%/%topic%/.
 *
 *     tele/<t>/LWT        Online | Offline                              retained, last will
 *     tele/<t>/STATE      {"Time":"2026-02-15T17:37:10","POWER":"ON",...}    each telemetry period, with
 *     tele/<t>/SENSOR     {"Time":"2026-02-15T17:37:10","ENERGY":{"Total":6.294,"Power":88.1,...}}
 *     cmnd/<t>/Status 10  -> stat/<t>/STATUS10  {"StatusSNS":{...}}
 *     cmnd/<t>/Power ON   -> stat/<t>/RESULT    {"POWER":"ON"}, stat/<t>/POWER  ON
 */

const TELE_PERIOD_S = 300;
/** The first telemetry comes so long after it has found its broker. */
const FIRST_TELE_S = 5;

/** Throws an Error for a circuit that the house does not have. */
export function createTasmota(
  { topic, measures }: SimulatedTasmotaConfig,
  house: House,
  startAt: number,
): PlugProgram {
  return new Tasmota(topic, createPlugCircuit(house, measures), startAt);
}

class Tasmota implements PlugProgram {
  readonly label: string;
  readonly clientId: string;
  readonly will: PlugMessage;
  readonly filters: readonly string[];
  readonly #meter: TasmotaMeter;
  #identity: TasmotaIdentity;
  #nextTeleAt: number;
  #fault: PlugFault | undefined;

  constructor(
    private readonly topic: string,
    private readonly circuit: PlugCircuit,
    startAt: number,
  ) {
    const mac = macOf('C82B96', topic);
    this.label = `tasmota ${topic}`;
    this.clientId = `DVES_${mac.slice(-6)}`;
    this.will = sayRetained(`tele/${topic}/LWT`, 'Offline');
    this.filters = [`cmnd/${topic}/#`, 'cmnd/tasmotas/#', `cmnd/${this.clientId}_fb/#`];
    this.#meter = createTasmotaMeter(circuit, startAt);
    this.#identity = { topic, mac, startedAt: startAt, bootCount: 7, mqttCount: 0 };
    this.#nextTeleAt = startAt;
  }

  onConnect(at: number): readonly PlugMessage[] {
    this.#identity = { ...this.#identity, mqttCount: this.#identity.mqttCount + 1 };
    this.#nextTeleAt = at + FIRST_TELE_S * 1000;
    const discovery = `tasmota/discovery/${this.#identity.mac}`;
    return [
      sayRetained(`tele/${this.topic}/LWT`, 'Online'),
      ...startMessages(this.#identity),
      ...this.#relayMessages(),
      sayRetained(`${discovery}/config`, discoveryConfig(this.#identity)),
      sayRetained(`${discovery}/sensors`, { sn: this.#sensorAt(at), ver: 1 }),
    ];
  }

  onTick(at: number): readonly PlugMessage[] {
    if (this.#fault === 'silent' || at < this.#nextTeleAt) return [];
    this.#nextTeleAt = at + TELE_PERIOD_S * 1000;
    return [
      say(`tele/${this.topic}/STATE`, stateOf(this.#identity, this.#relayWord(), at)),
      say(`tele/${this.topic}/SENSOR`, this.#sensorAt(at, { Period: this.#meter.takePeriod(at) })),
    ];
  }

  onMessage(topic: string, payload: Uint8Array, at: number): readonly PlugMessage[] {
    if (this.#fault === 'silent') return [];
    const command = topic.slice(topic.lastIndexOf('/') + 1).toUpperCase();
    const text = Buffer.from(payload).toString().trim();
    if (command === 'STATUS') return [this.#answerStatus(text, at)];
    if (command === 'POWER' || command === 'POWER1') return this.#switchRelay(text.toUpperCase(), at);
    return [this.#result({ Command: 'Unknown', Input: command })];
  }

  restart(at: number): void {
    this.#identity = {
      ...this.#identity,
      startedAt: at,
      bootCount: this.#identity.bootCount + 1,
      mqttCount: 0,
    };
    this.#meter.restart();
  }

  setFault(fault: PlugFault | undefined): void {
    this.#fault = fault;
  }

  #sensorAt(at: number, more: object = {}) {
    return {
      Time: localText(at),
      ENERGY: { ...this.#meter.energyAt(at, this.#fault === 'sentinel'), ...more },
    };
  }

  #answerStatus(number: string, at: number): PlugMessage {
    const answer = (value: object) => say(`stat/${this.topic}/STATUS${number}`, value);
    switch (number) {
      case '8': // the number before version 6.2, still understood
      case '10':
        return answer({ StatusSNS: this.#sensorAt(at) });
      case '11':
        return answer({ StatusSTS: stateOf(this.#identity, this.#relayWord(), at) });
      case '':
        return answer({ Status: statusOf(this.#identity, this.circuit.isOn) });
      default:
        return this.#result({ Command: 'Error' });
    }
  }

  #switchRelay(word: string, at: number): readonly PlugMessage[] {
    if (ON_WORDS.includes(word)) this.circuit.switchTo(true, at);
    else if (OFF_WORDS.includes(word)) this.circuit.switchTo(false, at);
    else if (TOGGLE_WORDS.includes(word)) this.circuit.switchTo(!this.circuit.isOn, at);
    else if (word !== '') return [this.#result({ Command: 'Error' })];
    return this.#relayMessages();
  }

  #relayMessages(): readonly PlugMessage[] {
    const word = this.#relayWord();
    return [this.#result({ POWER: word }), say(`stat/${this.topic}/POWER`, word)];
  }

  #relayWord(): 'ON' | 'OFF' {
    return this.circuit.isOn ? 'ON' : 'OFF';
  }

  #result(value: object): PlugMessage {
    return say(`stat/${this.topic}/RESULT`, value);
  }
}

const ON_WORDS = ['ON', '1', 'TRUE'];
const OFF_WORDS = ['OFF', '0', 'FALSE'];
const TOGGLE_WORDS = ['TOGGLE', '2'];
