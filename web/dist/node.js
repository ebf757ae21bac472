// Signalbox client: npm run client
import { ClientError } from "./client.js";

// web/node/engine.ts
/** The release that this was made for and is tested with: it works on parts of werift that are not for others. */
const version = "0.25.2";
/**
* werift, which a program brings itself: the client needs it in Node alone.
*
* @throws {ClientError} `unsupported`, to whoever imports this: it is not installed.
*/
const engine = await import("werift").catch((cause) => {
	throw new ClientError("unsupported", `Cannot run in Node without werift: npm install werift@${version}`, { cause });
});

// web/node/werift_connection.ts
/** How long gathering may wait for a STUN server, in seconds; the host candidates are there at once. Ours. */
const stunWaitS = 1;
/**
* werift's peer connection as the SDK expects the W3C's: `setLocalDescription()` without an argument has a description when it
* resolves, an offer of the other side rolls back this side's own, nobody is asked who was not configured, and what is negotiated
* while it connects works like all else.
*/
var WeriftConnection = class extends engine.RTCPeerConnection {
	#hasStun;
	#watched = /* @__PURE__ */ new WeakSet();
	#startedOnce = /* @__PURE__ */ new WeakSet();
	constructor(config) {
		super({
			iceStunGatherTimeout: stunWaitS,
			bundlePolicy: "max-bundle",
			...config
		});
		this.#hasStun = (config.iceServers ?? []).some(({ urls }) => [urls].flat().some((url) => url.startsWith("stun")));
		this.onTransceiverAdded.subscribe((transceiver) => this.#watch(transceiver));
		this.onRemoteTransceiverAdded.subscribe((transceiver) => this.#watch(transceiver));
	}
	/** Every description has its candidates, since it is made when gathering is done: they are not told before it. */
	get onicecandidate() {
		return null;
	}
	set onicecandidate(_) {}
	async setLocalDescription(description) {
		if (description?.type === "rollback") return await super.setLocalDescription({ type: "rollback" });
		const created = this.signalingState === "have-remote-offer" ? await this.createAnswer() : await this.createOffer();
		if (!this.#hasStun) for (const transport of this.iceTransports) delete transport.connection.stunServer;
		for (const transport of this.dtlsTransports) this.#startOnce(transport);
		const described = await super.setLocalDescription(created);
		this.#startChannels();
		return described;
	}
	async setRemoteDescription(description) {
		if (description.type === "offer" && this.signalingState === "have-local-offer") await super.setLocalDescription({ type: "rollback" });
		await super.setRemoteDescription(description);
		this.#startChannels();
	}
	/** werift begins to connect at each answer, also while it does so already, and calls the connection failed as that is refused. */
	#startOnce(transport) {
		if (this.#startedOnce.has(transport)) return;
		this.#startedOnce.add(transport);
		const { iceTransport } = transport;
		iceTransport.start = once(iceTransport.start.bind(iceTransport), () => iceTransport.connection.generation);
		transport.start = once(transport.start.bind(transport), () => 0);
	}
	/** werift starts SCTP only when DTLS connects: channels whose section comes later would never open. */
	#startChannels() {
		const { sctpTransport, sctpRemotePort, signalingState } = this;
		if (signalingState !== "stable" || sctpRemotePort === void 0) return;
		if (sctpTransport?.dtlsTransport.state === "connected") sctpTransport.start(sctpRemotePort);
	}
	/** A receiver gets one more track for each new SSRC: werift goes on naming the first, and its `ontrack` says nothing of it. */
	#watch(transceiver) {
		if (this.#watched.has(transceiver)) return;
		this.#watched.add(transceiver);
		transceiver.onTrack.subscribe((track) => {
			const { receiver } = transceiver;
			Object.defineProperty(receiver, "track", {
				get: () => receiver.tracks.at(-1) ?? track,
				configurable: true
			});
			this.ontrack?.(new engine.RTCTrackEvent({
				track,
				streams: [],
				transceiver,
				receiver
			}));
		});
	}
	/** werift receives simulcast and does not send it: the layers are left out. */
	addTransceiver(trackOrKind, options = {}) {
		const { sendEncodings: _, ...rest } = options;
		return super.addTransceiver(trackOrKind, rest);
	}
};
/** Has whoever calls while `step` is under way wait for the same end of it; another `generation` is another step. */
function once(step, generation) {
	let running;
	return async () => {
		if (running?.generation !== generation()) running = {
			generation: generation(),
			end: step()
		};
		const mine = running;
		try {
			await mine.end;
		} finally {
			if (running === mine) running = void 0;
		}
	};
}

// web/node/werift_platform.ts
/**
* The SDK's surroundings in Node: its own WebSocket, and werift's WebRTC. There are no devices: a bot publishes tracks of its own
* (`asDomTrack`).
*
* @param config more for werift's peer connections, such as `iceAdditionalHostAddresses`
*/
function createWeriftPlatform(config = {}) {
	return {
		defaultUrl: void 0,
		createSocket: openSocket,
		createPeerConnection: (configuration) => new WeriftConnection({
			...config,
			...configuration
		}),
		mediaDevices: void 0,
		isSecure: true,
		now: () => performance.now(),
		random: () => Math.random(),
		startTimer(delayMs, callback) {
			const timer = setTimeout(callback, delayMs);
			return () => clearTimeout(timer);
		},
		isOnline: true,
		onWake: () => () => void 0
	};
}
/**
* Node's WebSocket. That of Node 22 tells of a connection that did not come about by `error` alone, where the specification has a
* `close` follow (WHATWG WebSockets, 3.1, "fail the WebSocket connection").
*/
function openSocket(url) {
	const socket = new WebSocket(url);
	const failed = () => socket.dispatchEvent(Object.assign(new Event("close"), {
		code: 1006,
		reason: "",
		wasClean: false
	}));
	socket.addEventListener("error", failed, { once: true });
	socket.addEventListener("open", () => socket.removeEventListener("error", failed), { once: true });
	socket.addEventListener("close", () => socket.removeEventListener("error", failed), { once: true });
	return socket;
}
/** As {@linkcode createWeriftPlatform} makes it. */
const weriftPlatform = createWeriftPlatform();
/** A track of werift's, to be published by the SDK; its owner writes packets to it by `writeRtp`. */
function asDomTrack(track) {
	return track;
}
/** A track that the SDK received, as werift's: its packets come by `onReceiveRtp`. */
function asWeriftTrack(track) {
	return track;
}

export { asDomTrack, asWeriftTrack, createWeriftPlatform, weriftPlatform };