"""Reads input registers with pymodbus and prints the values as JSON.

Usage: read-with-pymodbus.py rtu|rtu+tcp|tcp|ascii PLACE UNIT ADDRESS COUNT
PLACE is a serial device or a port of 127.0.0.1; each value is a float32, high word first.
"""

import json
import sys

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.constants import Endian
from pymodbus.framer.ascii_framer import ModbusAsciiFramer
from pymodbus.framer.rtu_framer import ModbusRtuFramer
from pymodbus.payload import BinaryPayloadDecoder

kind, place, unit, address, count = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
if kind == "tcp":
    client = ModbusTcpClient("127.0.0.1", port=int(place), timeout=5)
elif kind == "rtu+tcp":
    client = ModbusTcpClient("127.0.0.1", port=int(place), framer=ModbusRtuFramer, timeout=5)
elif kind == "ascii":
    client = ModbusSerialClient(place, framer=ModbusAsciiFramer, baudrate=9600, timeout=5)
else:
    client = ModbusSerialClient(place, baudrate=9600, timeout=5)
client.connect()
answer = client.read_input_registers(address, count, slave=unit)
client.close()
if answer.isError():
    print(json.dumps({"error": str(answer)}))
else:
    decoder = BinaryPayloadDecoder.fromRegisters(answer.registers, byteorder=Endian.Big, wordorder=Endian.Big)
    print(json.dumps({"values": [decoder.decode_32bit_float() for _ in range(count // 2)]}))
