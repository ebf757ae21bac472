// How the messages of the media relay are laid out. All numbers are in network byte order.
//
// Packets, from the node of the publisher: a head, then what its flags say, then the packets.
//
//   0 version   1 flags   2 layer   3 description number   4 relay id (32 bits)   8 epoch (16)   10 packets (16)   12 packet index (48)
//   18 generation (16)
//
// * status: the number of layers (8), and for each of them the number of its bit rates (8, the highest bit: a sender report follows),
//   the age of its last packet in ms (16), the bit rates up to each temporal layer in bit/s (32 each), and of the sender report its NTP time
//   (64), its RTP timestamp (32) and its age in ms (32)
// * description: its length (16), and it as JSON
// * each packet: its length (16), where its dependency descriptor begins (16) and the length of that (8; 0 for none), which one-byte
//   extensions it has (8), audio level (8), video orientation (8), and the packet, plain, without padding
//
// Its packet index is that of its sequence number which is nearest to the index in the head, the one of the first packet.
//
// A request, from a node with subscribers:
//
//   0 version   1 description number   2 layers wanted   3 layers to ask for a keyframe   4 relay id (32 bits)

/** The first byte of every message: another layout has another one. */
export const relayVersion = 1;
/** A bit for each layer is one byte of a request. A description of a client has fewer (`readRemoteSections`). */
export const maxRelayLayers = 8;

export const headLength = 20;
export const requestLength = 8;
/** What stands before each packet. */
export const packetHeadLength = 8;

// Flags of the head.
export const endFlag = 1;
export const statusFlag = 2;
export const descriptionFlag = 4;
// Flags of a packet.
export const audioLevelFlag = 1;
export const orientationFlag = 2;

/** In the number of bit rates: a sender report follows. */
export const reportFlag = 0x80;
/** In place of an age: nothing came, or long ago. */
export const longAgo = 0xffff;
