const PLUGS = ['fridge', 'kettle', 'washer', 'lights', 'electronics', 'standby', 'dishwasher'] as const;
const LOADS: Readonly<Record<string, string>> = { washer: 'washing_machine' };

/**
 * A simulated house on the ports of the shipped one, all of whose plugs are meters on its second line. No meter
 * asks for silence before a request, so that a day can be over soon.
 */
export const MODBUS_HOUSE = `
root: house
sources:
  - type: modbus-meter
    id: panel
    connection: rtu+tcp://127.0.0.1:5021?baud=9600
    devices:
      - { id: mains, gap: 0, meter: eastron-sdm630-v2, unit: 1, interval: 5 }
      - { id: solar, gap: 0, meter: eastron-sdm120, unit: 2, interval: 5 }
  - type: modbus-meter
    id: plugs
    connection: rtu+tcp://127.0.0.1:5022?baud=9600
    devices:
${PLUGS.map((id, n) => `      - { id: ${id}, meter: peacefair-pzem016, unit: ${n + 1}, interval: 5, integrate: false }`).join('\n')}
simulator:
  seed: 1
  buses:
    - connection: rtu+tcp://127.0.0.1:5021?baud=9600
      meters:
        - { unit: 1, meter: eastron-sdm630-v2, measures: mains }
        - { unit: 2, meter: eastron-sdm120, measures: solar }
    - connection: rtu+tcp://127.0.0.1:5022?baud=9600
      meters:
${PLUGS.map((id, n) => `        - { unit: ${n + 1}, meter: peacefair-pzem016, measures: ${LOADS[id] ?? id} }`).join('\n')}
`;
