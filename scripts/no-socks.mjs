// Stands for the package `socks` in the bundle: MQTT.js loads it for SOCKS proxies, which no option of ours
// can ask for; with what it needs it is a tenth of the program.
export const SocksClient = undefined;
