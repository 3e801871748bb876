import type { SwitchState } from '../../domain/source.ts';
import { PlugwiseError } from '../../protocols/plugwise/errors.ts';
import { relayRequest } from '../../protocols/plugwise/messages.ts';
import { tellRelay } from './identity.ts';
import type { PlugNode } from './node.ts';
import type { PlugContext } from './plug-context.ts';

/** Switches a Circle; resolves when it has said that it did, rejects with an Error in words. */
export async function switchNode(
  context: PlugContext | undefined,
  node: PlugNode | undefined,
  deviceId: string,
  wanted: SwitchState,
): Promise<void> {
  if (node === undefined) throw new Error(`there is no device ${deviceId} here`);
  if (!node.config.allowSwitching)
    throw new Error(
      `${deviceId} may not be switched; its configuration would have to say allowSwitching: true`,
    );
  if (wanted !== 'on' && wanted !== 'off') throw new Error(`${deviceId} can be switched on or off only`);
  if (context === undefined || !context.stick.isReady)
    throw new Error(`${deviceId} cannot be switched: its stick is not connected`);
  const isOn = wanted === 'on';
  const confirmed = (at: number) => {
    node.state.switches++;
    tellRelay(context, node, isOn, at);
  };
  try {
    const { at } = await context.stick.request(relayRequest(node.mac, isOn), (late) => confirmed(late.at));
    confirmed(at);
  } catch (error) {
    if (!(error instanceof PlugwiseError)) throw error;
    throw new Error(`${deviceId} was not switched ${wanted}: ${error.message}`, { cause: error });
  }
}
