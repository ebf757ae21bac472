import type { AnyStateMachine } from "xstate";
import { busLinkMachine } from "../../machines/bus_link_machine.ts";
import { connectivityMachine } from "../../machines/connectivity_machine.ts";
import { iceSourceMachine } from "../../machines/ice_source_machine.ts";
import { negotiationMachine } from "../../machines/negotiation_machine.ts";
import { nodeMachine } from "../../machines/node_machine.ts";
import { peerMachine } from "../../machines/peer_machine.ts";
import { remotePartMachine } from "../../machines/remote_part_machine.ts";
import { roomMachine } from "../../machines/room_machine.ts";
import { sessionMachine } from "../../machines/session_machine.ts";
import { subscriptionMachine } from "../../machines/subscription_machine.ts";
import { workerMachine } from "../../machines/worker_machine.ts";
import { workersMachine } from "../../machines/workers_machine.ts";

/** A machine as the page of machines shows it. */
export interface ListedMachine {
  /** The file of the machine and of its picture, without an ending. */
  readonly file: string;
  readonly machine: AnyStateMachine;
  readonly title: string;
  /** The question that it answers, in a sentence. */
  readonly answers: string;
  /** The files of the actors that run it. */
  readonly runBy: readonly string[];
  /** How many there are, and for how long. */
  readonly lives: string;
}

/** All machines, in the order in which a reader meets them. */
export const machineList: readonly ListedMachine[] = [
  {
    file: "node_machine",
    machine: nodeMachine,
    title: "Node",
    answers: "Does the node take clients, and how does it stop without cutting them off?",
    runBy: ["actors/node_actor.ts"],
    lives: "One for each process that serves, from its start to its end.",
  },
  {
    file: "session_machine",
    machine: sessionMachine,
    title: "Session",
    answers: "Which messages of a client fit now: is it in a room, on its way into one, or away for a moment?",
    runBy: ["actors/session_supervisor.ts"],
    lives: "One for each client, from the opening of its first socket to the end of its last peer connection.",
  },
  {
    file: "peer_machine",
    machine: peerMachine,
    title: "Peer",
    answers: "What does `connectionState` say, and when does the peer connection end?",
    runBy: ["actors/peer_actor.ts"],
    lives: "One for each peer connection. It runs the next two side by side and passes on to them what is theirs.",
  },
  {
    file: "negotiation_machine",
    machine: negotiationMachine,
    title: "Negotiation",
    answers:
      "Which description may come next? Its states are the W3C's signaling states, each with the step that the engine is at.",
    runBy: ["actors/peer_actor.ts"],
    lives: "One in each peer.",
  },
  {
    file: "connectivity_machine",
    machine: connectivityMachine,
    title: "Connectivity",
    answers: "How far are gathering, ICE, DTLS and the client's candidates? Each of the four is a region of its own.",
    runBy: ["actors/peer_actor.ts"],
    lives: "One in each peer.",
  },
  {
    file: "room_machine",
    machine: roomMachine,
    title: "Room",
    answers: "Who is in, who publishes what, and who has to be told?",
    runBy: ["actors/live_room.ts", "actors/room_supervisor.ts"],
    lives: "One for each room that has members on this node, from the first join to the last leave.",
  },
  {
    file: "subscription_machine",
    machine: subscriptionMachine,
    title: "Subscription",
    answers: "On which peer connection is a track sent to a member, and does anything flow?",
    runBy: ["actors/subscription_supervisor.ts"],
    lives: "One for each track and each member that it goes to.",
  },
  {
    file: "remote_part_machine",
    machine: remotePartMachine,
    title: "Remote part",
    answers: "What does this node know of another node's part of a room, and is it still true?",
    runBy: ["actors/remote_parts.ts"],
    lives: "One for each room and each other node that has members in it.",
  },
  {
    file: "bus_link_machine",
    machine: busLinkMachine,
    title: "Bus link",
    answers: "Is there a link to the bus, and when is it tried again?",
    runBy: ["actors/bus_link_actor.ts"],
    lives: "One for each node of a cluster.",
  },
  {
    file: "ice_source_machine",
    machine: iceSourceMachine,
    title: "ICE source",
    answers:
      "Has a provider given servers that still hold, are credentials ready for peers, and when is it asked again?",
    runBy: ["actors/fetched_servers.ts"],
    lives: "One in each node for each provider of ICE servers that is asked over the network.",
  },
  {
    file: "workers_machine",
    machine: workersMachine,
    title: "Workers",
    answers: "Do all workers of one start run, and is it time to give up?",
    runBy: ["actors/workers_actor.ts"],
    lives: "One in the parent process of `--workers`.",
  },
  {
    file: "worker_machine",
    machine: workerMachine,
    title: "Worker",
    answers: "Does the process of one worker run, and when is it started again?",
    runBy: ["actors/workers_actor.ts"],
    lives: "One for each worker, in the parent process.",
  },
];
