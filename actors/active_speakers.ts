import type { RemoteTrack } from "./application.ts";

/** What is asked of a track: a {@linkcode RemoteTrack} is one. */
export type AudioMeter = Pick<RemoteTrack, "muted" | "takeAudioLevel">;

/** Somebody who speaks. */
export interface Speaker {
  readonly peer: string;
  /** The smoothed audio level as an amplitude from 0 to 1, the loudest there is (RFC 6464); three decimals. */
  readonly level: number;
}

// All of these are ours; the times and the margin were chosen beside those of LiveKit's audio level and of Jitsi's speaker
// identification, which look at 400 ms and 300 ms of sound before they decide.

/** Milliseconds from one tick to the next; a tick has the loudest of the packets since the last one. */
export const speakerTickMs = 100;
/** How many speakers are told at most: the loudest. */
export const maxSpeakers = 8;
/** Sound below this is silence wherever it comes from, in dBov. */
const quietestSpeech = -45;
/** How far speech stands above the noise of its own track, in dB. */
const speechMargin = 10;
/** A speaker may become softer than what is needed to become one, in dB. */
const softerSpeech = 4;
/** What is constantly louder than this is taken for sound that is meant, in dBov. */
const loudestNoise = -40;
/** What is softer than this is not worth learning from, in dBov. */
const softestNoise = -70;
/** How fast the noise is believed to grow while something is heard, in dB/s: slower than the next pause comes. */
const noiseGrowth = 2;
/** Sound has to last for this long to be speech: a click that falls on two ticks is none. */
const minSpeechMs = 250;
/** Silence of this length ends speech; pauses between two sentences are shorter. */
const maxPauseMs = 1_500;
/** Time constants of the smoothed level. */
const attackMs = 100;
const releaseMs = 500;
/** A tick that is late by more counts as this long, so that a busy node ends nobody's speech. */
const maxTickMs = 500;
/** Two lists are told no closer together than this, but for one that somebody who muted or left drops out of. */
const minIntervalMs = 300;
/** Whoever is as many times louder moves ahead: 3 dB, so that two of a kind do not change places all the time. */
const orderFactor = 10 ** (3 / 20);
/** A level is worth telling when it is as many times more or less than what was told: 6 dB. */
const levelFactor = 10 ** (6 / 20);
/** How much softer than speech a speaker is in a pause makes no difference. */
const softestLevel = 10 ** (quietestSpeech / 20);

/** One audio track of a member. */
class Voice {
  readonly peer: string;
  readonly meter: AudioMeter;
  level = 0;
  isSpeaking = false;
  #noise = loudestNoise;
  #speechMs = 0;
  #pauseMs = 0;

  constructor(peer: string, meter: AudioMeter) {
    this.peer = peer;
    this.meter = meter;
  }

  /** Takes the level since the last call. */
  listen(tickMs: number): void {
    const amplitude = this.meter.takeAudioLevel();
    if (this.meter.muted) {
      this.level = 0;
      this.isSpeaking = false;
      this.#speechMs = 0;
      return;
    }
    const timeMs = amplitude > this.level ? attackMs : releaseMs;
    this.level += (amplitude - this.level) * (1 - Math.exp(-tickMs / timeMs));
    const loudness = amplitude > 0 ? 20 * Math.log10(amplitude) : Number.NEGATIVE_INFINITY;
    const threshold = Math.max(quietestSpeech, this.#noise + speechMargin) - (this.isSpeaking ? softerSpeech : 0);
    this.#decide(loudness >= threshold, tickMs);
    this.#learnNoise(loudness, tickMs);
  }

  #decide(isLoud: boolean, tickMs: number): void {
    if (isLoud) {
      this.#pauseMs = 0;
      // A tick that comes late holds no more than one loud packet for certain.
      this.#speechMs = Math.min(this.#speechMs + Math.min(tickMs, speakerTickMs), minSpeechMs);
      if (this.#speechMs >= minSpeechMs) this.isSpeaking = true;
      return;
    }
    this.#pauseMs += tickMs;
    this.#speechMs = Math.max(0, this.#speechMs - tickMs);
    if (this.#pauseMs >= maxPauseMs) this.isSpeaking = false;
  }

  /** The noise is the least that is heard. Where nothing came at all (DTX, loss), nothing is learned. */
  #learnNoise(loudness: number, tickMs: number): void {
    if (loudness === Number.NEGATIVE_INFINITY) return;
    const grown = Math.min(loudestNoise, this.#noise + (noiseGrowth * tickMs) / 1_000);
    this.#noise = Math.max(softestNoise, Math.min(loudness, grown));
  }
}

/** Who speaks in a room, from the audio levels that its members' clients send with their packets; nothing is decoded. */
export class ActiveSpeakers {
  readonly #voices = new Map<AudioMeter, Voice>();
  /** What was told last, the loudest first. */
  #told: readonly Speaker[] = [];
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #tickedAtMs: number | undefined;
  /** A speaker muted or left since the last list. */
  #hasLeft = false;

  /** How many tracks are listened to; without any and with nobody told there is nothing to tick for. */
  get trackCount(): number {
    return this.#voices.size;
  }

  /** Listens to a track from now on. A member may have several: the loudest of them speaks for it. */
  add(peer: string, meter: AudioMeter): void {
    this.#voices.set(meter, new Voice(peer, meter));
  }

  /** Whoever spoke on it is out of the list at the next tick. */
  remove(meter: AudioMeter): void {
    if (this.#voices.get(meter)?.isSpeaking) this.#hasLeft = true;
    this.#voices.delete(meter);
  }

  /**
   * Takes the levels since the last tick. To be called about every {@linkcode speakerTickMs}.
   *
   * @param nowMs milliseconds on a monotonic clock
   * @returns who speaks, the loudest first and no more than 8, when it is worth telling: somebody else speaks, the order of the
   * loudest changed, or a level did by 6 dB. Empty when nobody speaks any more. Two lists are 300 ms apart, but for one that
   * somebody who muted or left drops out of.
   */
  tick(nowMs: number): readonly Speaker[] | undefined {
    const tickMs = Math.min(nowMs - (this.#tickedAtMs ?? nowMs - speakerTickMs), maxTickMs);
    this.#tickedAtMs = nowMs;
    const levels = this.#listen(tickMs);
    if (!this.#hasLeft && nowMs - this.#toldAtMs < minIntervalMs) return undefined;
    this.#hasLeft = false;
    const speakers = order(this.#told, levels).slice(0, maxSpeakers);
    if (!isWorthTelling(this.#told, speakers)) return undefined;
    this.#told = speakers;
    this.#toldAtMs = nowMs;
    return speakers;
  }

  /** Who speaks, as it was told last. */
  get speaking(): readonly Speaker[] {
    return this.#told;
  }

  /** The level of each member that speaks. */
  #listen(tickMs: number): ReadonlyMap<string, number> {
    const levels = new Map<string, number>();
    for (const voice of this.#voices.values()) {
      const wasSpeaking = voice.isSpeaking;
      voice.listen(tickMs);
      if (wasSpeaking && voice.meter.muted) this.#hasLeft = true;
      if (!voice.isSpeaking) continue;
      levels.set(voice.peer, Math.max(voice.level, levels.get(voice.peer) ?? 0));
    }
    return levels;
  }
}

/** The loudest first; whoever was told before stays ahead of those that are not clearly louder. */
function order(told: readonly Speaker[], levels: ReadonlyMap<string, number>): Speaker[] {
  const known = told.filter(({ peer }) => levels.has(peer)).map(({ peer }) => peer);
  const isKnown = new Set(known);
  const fresh = [...levels.keys()].filter((peer) => !isKnown.has(peer));
  fresh.sort((a, b) => (levels.get(b) ?? 0) - (levels.get(a) ?? 0));
  const ordered: Speaker[] = [];
  for (const peer of [...known, ...fresh]) {
    const speaker = { peer, level: Math.round((levels.get(peer) ?? 0) * 1_000) / 1_000 };
    let place = ordered.length;
    while (place > 0 && speaker.level > (ordered[place - 1]?.level ?? 0) * orderFactor) place -= 1;
    ordered.splice(place, 0, speaker);
  }
  return ordered;
}

function isWorthTelling(told: readonly Speaker[], speakers: readonly Speaker[]): boolean {
  return (
    told.length !== speakers.length ||
    speakers.some(({ peer, level }, place) => {
      const before = told[place];
      if (before?.peer !== peer) return true;
      const [now, then] = [Math.max(level, softestLevel), Math.max(before.level, softestLevel)];
      return now > then * levelFactor || now * levelFactor < then;
    })
  );
}
