/** Socket.IO's packet types in the order of their numbers. @see Socket.IO v5 §Packet types */
const names = ['CONNECT', 'DISCONNECT', 'EVENT', 'ACK', 'CONNECT_ERROR', 'BINARY_EVENT', 'BINARY_ACK'];

/** Puts the numbers of the packet types where a module names them: a bundler keeps the whole table otherwise. */
export function inlinePacketTypes(code) {
  return code.replace(/\bPacketType\.([A-Z_]+)\b/g, (_, name) => String(names.indexOf(name)));
}
