"""Meters that pymodbus serves: an independent peer for the commands.

    pymodbus-meters.py rtu PATH BAUD METERS      METERS is JSON:
    pymodbus-meters.py tcp PORT METERS           {"7": {"order": "big", "floats": {"input": {"0": 230.5}},
                                                        "words": {"holding": {"64514": 32}}}}

Floats take two registers; what is not listed is refused (exception 2) between the first and last address
unless "fill" is true. Units that are not listed do not answer on RTU.
"""

import json
import struct
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server import StartSerialServer, StartTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer


def block(meter, table):
    words = {}
    if meter.get("fill"):
        words.update({address: 0 for address in range(meter["fill"])})
    for address, value in meter.get("floats", {}).get(table, {}).items():
        high, low = struct.unpack(">HH", struct.pack(">f", value))
        pair = (high, low) if meter.get("order", "big") == "big" else (low, high)
        words[int(address)], words[int(address) + 1] = pair
    for address, word in meter.get("words", {}).get(table, {}).items():
        words[int(address)] = word
    # A block without any register cannot be made; the last address is asked for by nobody.
    return ModbusSparseDataBlock(words or {65535: 0})


def main():
    kind, place = sys.argv[1:3]
    meters = json.loads(sys.argv[-1])
    slaves = {
        int(unit): ModbusSlaveContext(ir=block(meter, "input"), hr=block(meter, "holding"), zero_mode=True)
        for unit, meter in meters.items()
    }
    context = ModbusServerContext(slaves=slaves, single=False)
    print("ready", flush=True)
    if kind == "tcp":
        StartTcpServer(context=context, framer=ModbusSocketFramer, address=("127.0.0.1", int(place)))
    else:
        StartSerialServer(
            context=context,
            framer=ModbusRtuFramer,
            port=place,
            baudrate=int(sys.argv[3]),
            timeout=0.005,
            ignore_missing_slaves=True,
        )


main()
