import { PlugwiseError } from '../../protocols/plugwise/errors.ts';
import { decodeIdentity, infoRequest } from '../../protocols/plugwise/messages.ts';
import { deviceOf, isMetering, type NodeFacts, type PlugNode, typeName } from './node.ts';
import { notice, type PlugContext } from './plug-context.ts';
import { emitReadings, goOffline } from './poll-node.ts';

/** Asks a node who it is and how its relay stands; tells the relay, and the device where it is known better. */
export async function learnIdentity(context: PlugContext, node: PlugNode): Promise<void> {
  const { response, at } = await context.stick.request(infoRequest(node.mac));
  const identity = decodeIdentity(response.fields);
  if (identity === undefined) {
    node.state.damaged++;
    throw new PlugwiseError('damaged', `${node.mac} sends an identity that cannot be`);
  }
  node.identity = { ...identity, at };
  const { hardware, firmwareS, type } = identity;
  describeNode(context, node, { hardware, firmwareS, type });
  if (!isMetering(type)) return refuse(context, node, type);
  tellRelay(context, node, identity.isOn, at);
}

/** Publishes how a relay stands. */
export function tellRelay(context: PlugContext, node: PlugNode, isOn: boolean, at: number): void {
  node.state.isOn = isOn;
  emitReadings(context, node, [{ code: 'relay', value: isOn ? 1 : 0 }], Math.round(at));
}

/** Takes over what is known of a node, and tells it where it is news. */
export function describeNode(context: PlugContext, node: PlugNode, facts: NodeFacts): void {
  const before = node.facts;
  const isSame =
    before !== undefined &&
    before.hardware === facts.hardware &&
    before.firmwareS === facts.firmwareS &&
    before.type === facts.type;
  if (isSame) return;
  node.facts = facts;
  node.device = deviceOf(node.config, context.config.energyLog, facts);
  context.emit({ type: 'device', device: node.device });
  context.remember();
}

function refuse(context: PlugContext, node: PlugNode, type: number): void {
  node.state.isUnfit = true;
  const reason = `it is a ${typeName(type)}, which measures no power`;
  goOffline(context, node, reason);
  const message = `${node.device.id} (${node.mac}): ${reason}; remove it from the configuration`;
  context.emit(notice(context, 'warn', 'plug-not-metering', message, node));
}
