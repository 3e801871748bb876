import type { Device } from '../../domain/device.ts';
import type { Emit } from '../../domain/event.ts';
import type { Source, Statistics, SwitchState } from '../../domain/source.ts';
import type { Clock } from '../../lib/clock.ts';
import { createStick, type PlugwiseStick, type StickState } from '../../protocols/plugwise/stick.ts';
import type { StreamOpener } from '../../transports/byte-stream.ts';
import type { PlugwiseConfig } from './config.ts';
import { createErrands } from './errands.ts';
import { createMemory } from './memory.ts';
import { createNetworkTable, type NetworkTable } from './network-table.ts';
import { createNode, type PlugNode } from './node.ts';
import { notice, type PlugContext } from './plug-context.ts';
import { createSlotStatistics, runPollLoop } from './poll-loop.ts';
import { goOffline } from './poll-node.ts';
import { stickStatistics } from './statistics.ts';
import { switchNode } from './switch-node.ts';

export interface PlugwiseParts {
  readonly opener: StreamOpener;
  readonly clock: Clock;
  readonly stateDirectory: string;
}

/** All Circles behind one stick. */
export function createPlugwiseSource(config: PlugwiseConfig, parts: PlugwiseParts): Source {
  return new PlugwiseSource(config, parts);
}

class PlugwiseSource implements Source {
  readonly id: string;
  readonly #config: PlugwiseConfig;
  readonly #parts: PlugwiseParts;
  readonly #nodes: readonly PlugNode[];
  readonly #slots = createSlotStatistics();
  #waker = new AbortController();
  #stick: PlugwiseStick | undefined;
  #table: NetworkTable | undefined;
  /** Only while it runs. */
  #context: PlugContext | undefined;

  constructor(config: PlugwiseConfig, parts: PlugwiseParts) {
    this.id = config.id;
    this.#config = config;
    this.#parts = parts;
    this.#nodes = config.devices.map((device) => createNode(device, config.energyLog));
  }

  get devices(): readonly Device[] {
    return this.#nodes.map(({ device }) => device);
  }

  async run(emit: Emit, signal: AbortSignal): Promise<void> {
    const { clock, opener, stateDirectory } = this.#parts;
    const memory = createMemory(stateDirectory, this.id);
    const told = { isUnavailable: false, isNetworkOffline: false };
    const onState = (state: StickState) => {
      tellStickState(context, state, told);
      context.rouse();
    };
    const stick = createStick({ opener, clock, onState });
    const context: PlugContext = {
      ...{ stick, config: this.#config, nodes: this.#nodes, clock, emit },
      wake: () => this.#waker.signal,
      rouse: () => {
        this.#waker.abort();
        this.#waker = new AbortController();
      },
      remember: memory.remember,
    };
    this.#stick = stick;
    this.#context = context;
    const table = createNetworkTable(context, await memory.load(context));
    this.#table = table;
    signal.addEventListener('abort', context.rouse, { once: true });
    await Promise.all([
      stick.run(signal),
      runPollLoop(context, createErrands(context, table), this.#slots, signal),
      memory.run(context, () => table.known, signal),
    ]);
    signal.removeEventListener('abort', context.rouse);
    this.#context = undefined;
  }

  statistics(): Statistics {
    return this.#stick === undefined
      ? {}
      : stickStatistics(this.#stick, this.#slots, this.#nodes, this.#table);
  }

  switch(deviceId: string, state: SwitchState): Promise<void> {
    const node = this.#nodes.find(({ device }) => device.id === deviceId);
    return switchNode(this.#context, node, deviceId, state);
  }
}

interface Told {
  isUnavailable: boolean;
  isNetworkOffline: boolean;
}

// One notice when the stick is missing or lost, one when it is there (again); the same for its network.
function tellStickState(context: PlugContext, state: StickState, told: Told): void {
  const { config, emit, nodes } = context;
  if (state.kind === 'unavailable') {
    for (const node of nodes) forgetSilence(context, node);
    if (told.isUnavailable || state.cause.code === 'closed') return;
    told.isUnavailable = true;
    const code = state.wasOpen ? 'stick-lost' : 'stick-unavailable';
    const message = `${config.id}: ${state.cause.message}; trying again until it is there`;
    emit(notice(context, 'warn', code, message));
    return;
  }
  if (told.isUnavailable) emit(notice(context, 'info', 'stick-ready', `${config.id}: the stick answers`));
  told.isUnavailable = false;
  const isOffline = !state.network.isOnline;
  if (isOffline !== told.isNetworkOffline) {
    const message = isOffline
      ? `${config.id}: the stick answers, but has no network; is the Circle+ plugged in?`
      : `${config.id}: the stick is in its network`;
    emit(notice(context, isOffline ? 'warn' : 'info', 'plugwise-network-state', message));
  }
  told.isNetworkOffline = isOffline;
}

// Without its stick a node is offline, and asked at once when the stick is back.
function forgetSilence(context: PlugContext, node: PlugNode): void {
  const { state } = node;
  state.isPollWanted = true;
  state.failedProbes = 0;
  if (state.availability === 'online') goOffline(context, node, `${context.config.id} is not connected`);
}
