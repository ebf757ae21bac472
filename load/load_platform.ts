import type { RTCPeerConnection as WeriftConnection } from "werift";
import type { Platform } from "../web/client/mod.ts";
import { weriftPlatform } from "../web/node/mod.ts";

/** The SDK's platform in Node, which tells when the server asks for a keyframe of the video. */
export function createLoadPlatform(keyframeRequested: () => void): Platform {
  return {
    ...weriftPlatform,
    createPeerConnection(configuration) {
      const made = weriftPlatform.createPeerConnection(configuration);
      const connection = made as unknown as WeriftConnection;
      connection.onTransceiverAdded.subscribe(({ kind, sender }) => {
        if (kind === "video") sender.onPictureLossIndication.subscribe(keyframeRequested);
      });
      return made;
    },
  };
}
