// What a program in Node may import from `signalbox/client/node`, beside the SDK itself.

export { asDomTrack, asWeriftTrack, createWeriftPlatform, weriftPlatform } from "./werift_platform.ts";
