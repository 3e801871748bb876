/**
 * CRC-16 with polynomial 0x1021, start value 0, nothing reflected, nothing inverted (the XMODEM parameter set),
 * over the ASCII characters of a frame. "000A" gives B43C.
 */
const TABLE: Uint16Array = Uint16Array.from({ length: 256 }, (_, high) => {
  let crc = high << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : ((crc << 1) ^ 0x1021) & 0xffff;
  return crc;
});

/** The checksum of a text as its four upper-case hexadecimal digits. */
export function crcDigits(text: string): string {
  let crc = 0;
  for (let n = 0; n < text.length; n++)
    crc = ((crc << 8) & 0xffff) ^ (TABLE[(crc >> 8) ^ (text.charCodeAt(n) & 0xff)] ?? 0);
  return crc.toString(16).toUpperCase().padStart(4, '0');
}
