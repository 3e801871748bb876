import type { Statistics } from '../../domain/source.ts';
import type { PlugwiseStick } from '../../protocols/plugwise/stick.ts';
import type { NetworkTable } from './network-table.ts';
import type { PlugNode } from './node.ts';
import type { SlotStatistics } from './poll-loop.ts';

/** What stands about one stick in `gateway/stats`; times in milliseconds. */
export function stickStatistics(
  stick: PlugwiseStick,
  slots: SlotStatistics,
  nodes: readonly PlugNode[],
  table: NetworkTable | undefined,
): Statistics {
  const { counters, network } = stick;
  return {
    stick: stick.isReady ? 'ready' : 'away',
    ...(network === undefined ? {} : { stick_mac: network.stickMac }),
    ...(network?.network === undefined ? {} : { circle_plus: network.network.circlePlusMac }),
    ...(table?.known === undefined ? {} : { network_nodes: table.known.nodes.length + 1 }),
    opened: counters.opened,
    lost: counters.lost,
    slots: slots.slots,
    missed_slots: slots.missed,
    lateness_p50_ms: round(slots.latenessMs.at(0.5)),
    lateness_p99_ms: round(slots.latenessMs.at(0.99)),
    round_p50_ms: round(slots.roundMs.at(0.5)),
    round_p99_ms: round(slots.roundMs.at(0.99)),
    requests: counters.requests,
    answers: counters.answers,
    late_answers: counters.lateAnswers,
    silent_nodes: counters.silentNodes,
    silent_stick: counters.silentStick,
    refused_by_stick: counters.refusedByStick,
    repeated_frames: counters.repeated,
    foreign_frames: counters.foreign,
    unsolicited_frames: counters.unsolicited,
    unreadable_frames: counters.unreadable,
    frames: counters.frames,
    damaged_frames: counters.damaged,
    cut_off_frames: counters.cutOff,
    stray_bytes: counters.strayBytes,
    stray_lines: counters.strayLines,
    plugs: Object.fromEntries(nodes.map((node) => [node.device.id, plugStatistics(node)])),
  };
}

function plugStatistics({ mac, state, calibration, config }: PlugNode): Statistics {
  return {
    mac,
    availability: state.availability,
    calibrated: calibration === undefined ? 'no' : 'yes',
    samples: state.samples,
    late_samples: state.lateSamples,
    missed_slots: state.missedSlots,
    damaged: state.damaged,
    ...(state.clockErrorMs === undefined ? {} : { clock_error_ms: round(state.clockErrorMs) }),
    clock_sets: state.clockSets,
    ...(config.allowSwitching ? { switches: state.switches } : {}),
    log_blocks: state.logBlocks,
    energy_gaps: state.energy.gaps,
  };
}

function round(value: number | undefined): number {
  return Math.round((value ?? 0) * 100) / 100;
}
