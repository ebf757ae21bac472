import { describe, expect, it } from "vitest";
import type { RTCRtpTransceiver } from "werift";
import { isSaid, readDirections } from "../../../transport/media/described_direction.ts";

function transceiver(direction: string, offerDirection?: string): RTCRtpTransceiver {
  return { direction, offerDirection } as RTCRtpTransceiver;
}

describe("described directions", () => {
  it("[MS4] reads the direction of each section", () => {
    const sdp =
      "v=0\r\nm=audio 9 X 0\r\na=mid:a\r\na=sendonly\r\nm=video 9 X 0\r\na=mid:b\r\nm=video 9 X 0\r\na=inactive\r\n";
    expect([...readDirections(sdp)]).toEqual([
      ["a", "sendonly"],
      ["b", "sendrecv"],
    ]);
  });

  it.each([
    ["sendonly", "sendonly", true],
    ["sendonly", "inactive", false],
    ["inactive", "sendonly", false],
  ])("[MS4] an offer that said %s of a section that is %s now", (said, now, expected) => {
    expect(isSaid(transceiver(now), { type: "offer", direction: said })).toBe(expected);
  });

  it.each([
    // What the client offered, as this side sees it; what the answer said; what is wanted now.
    ["recvonly", "recvonly", "sendrecv", true],
    ["sendrecv", "recvonly", "sendrecv", false],
    ["sendrecv", "sendrecv", "sendrecv", true],
    ["sendrecv", "sendrecv", "recvonly", false],
    ["sendonly", "inactive", "recvonly", true],
    ["sendonly", "inactive", "sendonly", false],
    ["inactive", "inactive", "sendrecv", true],
  ])("[MS4] an answer to %s that said %s of a section that is %s now", (offered, said, now, expected) => {
    expect(isSaid(transceiver(now, offered), { type: "answer", direction: said })).toBe(expected);
  });

  it("[MS4] a section that no description held is not said", () => {
    expect(isSaid(transceiver("inactive"), undefined)).toBe(false);
  });
});
