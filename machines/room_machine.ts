import { and, not } from "xstate";
import { dropInherited, hideRemote, readmission, showRemote } from "./room_remote_steps.ts";
import { findMember, findStranger, roomSetup } from "./room_setup.ts";
import {
  admission,
  announceMember,
  announceTrack,
  deliverData,
  deliverReceived,
  departure,
  forwardData,
  fullRoom,
  layersOf,
  noSuchTrack,
  refuse,
  tooMuchSaid,
  updateOf,
  welcomeBack,
} from "./room_steps.ts";

/** The part of a room that is on this node: who is in it, what they publish, and who is told of what. */
export const roomMachine = roomSetup.createMachine({
  id: "room",
  context: ({ input }) => ({ ...input, members: [], lingeringIds: [], awaitedIds: [] }),
  initial: "empty",
  on: {
    "member.awaited": { actions: "noteAwaited" },
    "member.forgone": { actions: "noteForgone" },
    "member.left": [
      { guard: "isStranger" },
      { guard: "isRemote", actions: { type: "removeElsewhere", params: ({ event }) => event } },
      { actions: departure },
    ],
    "member.removed": [{ guard: "isStranger" }, { guard: "isRemote" }, { actions: departure }],
    "member.detached": [{ guard: "isStranger" }, { actions: ["noteAway", announceMember] }],
    "member.resumed": [
      { guard: "isStranger" },
      { guard: "isAway", actions: ["noteBack", welcomeBack, announceMember] },
      // Back before anybody was told that it was away.
      { actions: welcomeBack },
    ],
    "metadata.changed": [
      { guard: "isStranger" },
      { guard: "isTooMuchSaid", actions: tooMuchSaid },
      {
        actions: [
          "noteMetadata",
          {
            type: "announce",
            params: ({ context, event }) => ({ message: updateOf(context, event.memberId) }),
          },
        ],
      },
    ],
    "data.received": { actions: deliverReceived },
    "remote.seen": [{ guard: "isLocal" }, { actions: showRemote }],
    "remote.left": { guard: "isRemote", actions: hideRemote },
    "member.superseded": { guard: "isLocal", actions: showRemote },
    "member.lingered": {
      guard: "isLingering",
      actions: ["noteLingered", { type: "endLingering", params: ({ event }) => event }],
    },
    "member.settled": { actions: dropInherited },
    "data.sent": [
      { guard: "isStranger" },
      {
        guard: "namesStrangers",
        actions: [
          forwardData,
          deliverData,
          {
            type: "reportError",
            params: ({ context, event }) => ({
              memberId: event.memberId,
              code: "no-such-peer",
              message: `Cannot send data to peer "${findStranger(context, event)}": it is not in the room`,
              ref: event.ref,
            }),
          },
        ],
      },
      { actions: [forwardData, deliverData] },
    ],
    "track.published": [
      { guard: "isStranger", actions: { type: "forgetTrack", params: ({ event }) => ({ trackId: event.track.id }) } },
      {
        guard: "isInherited",
        actions: [
          "takeInherited",
          {
            type: "announce",
            params: ({ event: { memberId, track } }) => ({
              message: { type: "track-updated", peer: memberId, track },
              except: memberId,
            }),
          },
          { type: "confirmTrack", params: ({ event }) => event },
        ],
      },
      {
        guard: "hasTooManyTracks",
        actions: [
          { type: "forgetTrack", params: ({ event }) => ({ trackId: event.track.id }) },
          {
            type: "reportError",
            params: ({ context, event: { memberId, track, mid } }) => ({
              memberId,
              code: "too-many-tracks",
              message: `Cannot publish the ${track.kind} track of media section "${mid}": this peer publishes ${
                findMember(context, memberId)?.tracks.length
              } of ${context.limits.maxTracksPerPeer} tracks`,
            }),
          },
        ],
      },
      {
        guard: "isTooMuchSaid",
        actions: [{ type: "forgetTrack", params: ({ event }) => ({ trackId: event.track.id }) }, tooMuchSaid],
      },
      {
        actions: [
          "addTrack",
          {
            type: "announce",
            params: ({ event: { memberId, track } }) => ({
              message: { type: "track-published", peer: memberId, track },
              except: memberId,
            }),
          },
          { type: "confirmTrack", params: ({ event }) => event },
          {
            type: "subscribe",
            params: ({ context, event: { memberId, track } }) => ({
              memberIds: context.members
                .filter(({ id, isSubscribing }) => isSubscribing && id !== memberId)
                .map(({ id }) => id),
              trackIds: [track.id],
            }),
          },
        ],
      },
    ],
    "track.unpublished": [
      { guard: "isUnknownTrack" },
      {
        actions: [
          "dropTrack",
          {
            type: "announce",
            params: ({ event: { memberId, trackId } }) => ({
              message: { type: "track-unpublished", peer: memberId, track: trackId },
            }),
          },
          { type: "forgetTrack", params: ({ event }) => event },
        ],
      },
    ],
    "track.labeled": [
      { guard: "isUnknownTrack" },
      { guard: "isTooMuchSaid", actions: tooMuchSaid },
      { actions: ["noteLabel", announceTrack] },
    ],
    "track.muted": [
      { guard: "isStranger" },
      { guard: "isUnknownTrack", actions: noSuchTrack },
      {
        guard: not("isOwnTrack"),
        actions: refuse("forbidden", ({ trackId }) => `Cannot mute track "${trackId}": it is another peer's`),
      },
      { actions: ["noteMuted", { type: "muteTrack", params: ({ event }) => event }, announceTrack] },
    ],
    "subscription.requested": [
      { guard: "isStranger" },
      { guard: "isUnknownTrack", actions: noSuchTrack },
      {
        guard: "isOwnTrack",
        actions: refuse("forbidden", ({ trackId }) => `Cannot subscribe to track "${trackId}": it is the peer's own`),
      },
      {
        guard: "isUnknownLayer",
        actions: {
          type: "reportError",
          params: ({ context, event }) => ({
            memberId: event.memberId,
            code: "no-such-layer",
            message: `Cannot subscribe to layer ${JSON.stringify(event.layer)} of track "${event.trackId}": expected ${layersOf(context, event)}`,
            ref: event.ref,
          }),
        },
      },
      {
        actions: {
          type: "subscribe",
          params: ({ event: { memberId, trackId, layer } }) => ({
            memberIds: [memberId],
            trackIds: [trackId],
            layer,
          }),
        },
      },
    ],
    "subscription.dismissed": [
      { guard: "isStranger" },
      { guard: "isUnknownTrack", actions: noSuchTrack },
      { actions: { type: "unsubscribe", params: ({ event }) => event } },
    ],
    "room.closed": ".closed",
  },
  states: {
    /** Made for a client that is about to come; the program may be in already. */
    empty: {
      on: {
        // With the last client that was awaited the room ends, whoever of the program's is in it.
        "member.forgone": { target: "occupied", actions: "noteForgone" },
        "join.requested": [
          { guard: "isReturning", target: "occupied", actions: readmission },
          { guard: and(["isFull", "isClientJoining"]), target: "occupied", actions: fullRoom },
          { guard: "isFull", actions: fullRoom },
          { guard: "isClientJoining", target: "occupied", actions: admission },
          { actions: admission },
        ],
      },
    },
    occupied: {
      always: { guard: not("hasClients"), target: "closed" },
      on: {
        "join.requested": [
          { guard: "isReturning", actions: readmission },
          { guard: "isFull", actions: fullRoom },
          { actions: admission },
        ],
      },
    },
    closed: {
      type: "final",
      entry: {
        type: "endRoom",
        params: ({ event }) => ({ message: event.type === "room.closed" ? event.message : undefined }),
      },
    },
  },
});
