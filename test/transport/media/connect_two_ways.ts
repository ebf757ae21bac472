import { listHostAddresses } from "../../../transport/media/host_addresses.ts";
import type { WeriftEngineFactoryOptions } from "../../../transport/media/werift_engine_factory.ts";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { type Ice, iceOf, type Pair, stunClasses } from "./hand_made_ice.ts";
import { openEngines } from "./open_engine.ts";

// The client is controlling, as it offers, and nominates by hand what it wants.

/** A check; resolves with its answer. */
export async function ask(ice: Ice, pair: Pair, how: { readonly nominate: boolean }): Promise<void> {
  const { protocol, remoteAddr, localCandidate } = pair;
  const { localUsername, remoteUsername, remotePassword } = ice;
  const options = { ...how, iceControlling: true, localUsername, remoteUsername, localCandidate };
  await protocol.request(ice.buildRequest(options), remoteAddr, Buffer.from(remotePassword));
}

/** A check with USE-CANDIDATE; resolves with its answer. */
export async function nominate(ice: Ice, pair: Pair): Promise<void> {
  await ask(ice, pair, { nominate: true });
}

/** A client that reaches the node by two of its addresses, the best of which is selected. */
export async function connectTwoWays(options: Partial<WeriftEngineFactoryOptions> = {}) {
  const opened = (await openEngines(options)).create();
  const client = connectClient(opened);
  const channel = client.pc.createDataChannel("talk");
  // Firefox and libdatachannel say of no candidate which generation it is of.
  await client.offer((sdp) => sdp.replaceAll(/ generation \d+/g, ""));
  const theirs = await opened.channels.next();
  theirs.onmessage = (data) => theirs.send(data);
  await eventually(() => channel.readyState === "open", { what: "the channel to be open" });
  const ice = iceOf(client.pc);
  const addressOfSelected = () => opened.engine.observe().pairs.find((pair) => pair.isSelected)?.remote.address;
  const [best] = listHostAddresses();
  await eventually(() => addressOfSelected() === best, { what: "the best way" });
  const pairOf = (isWanted: (address: string) => boolean): Pair => {
    const pair = ice.checkList.find(({ localCandidate }) => isWanted(localCandidate.host));
    if (pair === undefined) throw new Error("This machine has one address only");
    return pair;
  };
  const [used, other] = [pairOf((address) => address === best), pairOf((address) => address !== best)];
  // werift nominates every pair that it checks, which it does with the other one once the node does.
  await nominate(ice, other);
  // An ICE-lite node does not.
  if (options.isIceLite !== true) {
    await eventually(() => opened.engine.observe().pairs.filter(({ state }) => state === "succeeded").length > 1, {
      what: "a second way that works",
    });
  }
  await nominate(ice, used);
  await eventually(() => addressOfSelected() === best, { what: "the best way again" });
  const countAll = () => opened.events.seen.filter(({ type }) => type === "selectedPair.changed").length;
  const before = countAll();
  return { ...client, opened, channel, ice, addressOfSelected, used, other, moves: () => countAll() - before };
}

/** Withholds the client's answers to checks by a pair, and counts them, until they are given again. */
export function withholdAnswers({ protocol }: Pick<Pair, "protocol">) {
  const { sendStun } = protocol;
  let count = 0;
  protocol.sendStun = async (message, address) => {
    if (message.messageClass === stunClasses.success) count += 1;
    else await sendStun.call(protocol, message, address);
  };
  const giveAgain = (): void => {
    protocol.sendStun = sendStun;
  };
  return { count: () => count, giveAgain };
}
