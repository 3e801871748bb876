import { describe, expect, it } from 'vitest';
import { deviceTopics, gatewayTopics, isOwnTopic } from '../../../../src/sinks/mqtt/topics.ts';

describe('topics', () => {
  it('puts every leaf of a device at depth three', () => {
    const topics = deviceTopics('house', 'mains');
    expect(topics).toMatchObject({
      state: 'house/mains/state',
      history: 'house/mains/history',
      availability: 'house/mains/availability',
      meta: 'house/mains/$meta',
    });
    expect(topics.value('v_l1')).toBe('house/mains/v_l1');
  });

  it('keeps a root of several levels in front', () => {
    expect(deviceTopics('site7/house', 'mains').value('p')).toBe('site7/house/mains/p');
    expect(gatewayTopics('site7/house').availability).toBe('site7/house/gateway/availability');
  });

  it('names the topics of the gateway', () => {
    expect(gatewayTopics('house')).toEqual({
      availability: 'house/gateway/availability',
      info: 'house/gateway/info',
      stats: 'house/gateway/stats',
      events: 'house/gateway/events',
      switch: 'house/gateway/cmd/switch',
    });
  });

  it.each([
    ['house/mains/p', true],
    ['site7/house/mains/$meta', true],
    ['house/gateway/availability', true],
    ['house/p', false],
    ['homeassistant/sensor/x/config', false],
    ['zigbee2mqtt/kettle/set', false],
    ['house/mains/v_l1l2', true],
    ['house/mains/e_imp', true],
    ['house/mains/p_mean', true],
    ['house/mains/v_l1l2_max', true],
    ['house/mains/p_min', true],
    ['house/mains/e_imp_mean', false],
    ['house/mains/eq_imp_l1_max', false],
    ['house/mains/p_median', false],
    ['house/mains/p_mean_mean', false],
    ['house/mains/mean', false],
    ['house/mains/_mean', false],
    ['house/mains/constructor_mean', false],
    ['house/gateway/cmd/switch', false],
    ['house/mains/constructor', false],
    ['house/#', false],
    ['house/+/p', false],
    ['$SYS/broker/uptime', false],
    ['house/mains/p\0', false],
    ['house//p', false],
    [`house/mains/${'p'.repeat(600)}`, false],
    [42, false],
    [undefined, false],
  ])('takes %j for a topic of its own: %s', (topic, isOwn) => {
    expect(isOwnTopic(topic)).toBe(isOwn);
  });
});
