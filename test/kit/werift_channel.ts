import type { RTCDataChannel } from "werift";
import { Mailbox } from "./mailbox.ts";

/** A werift data channel whose messages wait until a test asks for them. */
export class WeriftChannel {
  readonly channel: RTCDataChannel;
  /** What arrived: strings and buffers. */
  readonly messages: Mailbox<string | Buffer>;

  constructor(channel: RTCDataChannel) {
    this.channel = channel;
    this.messages = new Mailbox(`a message on channel "${channel.label}"`, shorten);
    channel.onMessage.subscribe((message) => this.messages.push(message));
    channel.stateChange.subscribe((state) => {
      if (state === "closed") this.messages.close("the channel closed");
    });
  }

  /** Sends a message and waits for the next that arrives. */
  async echo(message: string | Buffer, timeoutMs = 10_000): Promise<string | Buffer> {
    this.channel.send(message);
    return await this.messages.next(() => true, { timeoutMs });
  }
}

function shorten(message: string | Buffer): string {
  return typeof message === "string" ? JSON.stringify(message.slice(0, 100)) : `${message.length} bytes`;
}
