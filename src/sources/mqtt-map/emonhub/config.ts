import type { SourceBrokerConfig, SourceConfig } from '../../../config/types.ts';
import type { PushedDeviceConfig } from '../pushed/plug.ts';
import type { PushedValue } from '../pushed/value-rule.ts';

export interface EmonhubConfig extends SourceConfig {
  readonly type: 'emonhub';
  readonly broker: SourceBrokerConfig | undefined;
  readonly base: string;
  /** Base of the comma lists: `<rxBase>/rx/<id>/values`. */
  readonly rxBase: string;
  readonly devices: readonly EmonhubDeviceConfig[];
}

export interface EmonhubDeviceConfig extends PushedDeviceConfig {
  /** Name or number of the node, as in its topic. */
  readonly node: string;
  readonly values: readonly EmonhubValue[];
  /** Names of the places in the comma list of this node; undefined: that list is not read. */
  readonly rxNames: readonly string[] | undefined;
}

export interface EmonhubValue extends PushedValue {
  /** Names under which it may come, in lower case; the first that comes counts. */
  readonly names: readonly string[];
}
