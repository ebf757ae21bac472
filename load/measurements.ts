import { Distribution } from "./distribution.ts";

/** What all members of a process measure together. */
export class Measurements {
  readonly delays = { audio: new Distribution(), video: new Distribution(), data: new Distribution() };
  readonly signalingRoundTrips = new Distribution();
  readonly mediaRoundTrips = new Distribution();
  sent = 0;
  received = 0;
}
