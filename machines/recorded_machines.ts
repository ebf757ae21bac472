import type { AnyStateMachine } from "xstate";
import { busLinkMachine } from "./bus_link_machine.ts";
import { connectivityMachine } from "./connectivity_machine.ts";
import { iceSourceMachine } from "./ice_source_machine.ts";
import { negotiationMachine } from "./negotiation_machine.ts";
import { nodeMachine } from "./node_machine.ts";
import { peerMachine } from "./peer_machine.ts";
import { remotePartMachine } from "./remote_part_machine.ts";
import { roomMachine } from "./room_machine.ts";
import { sessionMachine } from "./session_machine.ts";
import { subscriptionMachine } from "./subscription_machine.ts";

/** The machines of actors that are recorded, by their ids: `kind` of a record. */
export const recordedMachines: ReadonlyMap<string, AnyStateMachine> = new Map(
  [
    nodeMachine,
    busLinkMachine,
    sessionMachine,
    peerMachine,
    negotiationMachine,
    connectivityMachine,
    roomMachine,
    remotePartMachine,
    subscriptionMachine,
    iceSourceMachine,
  ].map((machine) => [machine.id, machine as AnyStateMachine]),
);
