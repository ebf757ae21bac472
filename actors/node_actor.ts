import { type Actor, createActor } from "xstate";
import { type NodeInput, nodeMachine } from "../machines/node_machine.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import type { SessionSupervisor } from "./session_supervisor.ts";

/** Clients are sent to other nodes over this part of the time that there is for it. Ours. */
const spreadShare = 4;

/** The edge as the node's actor sees it. */
export interface EdgePort {
  readonly url: string;
  turnAway(): void;
  stopAccepting(): void;
  close(): Promise<void>;
}

export interface NodeActorOptions extends NodeInput {
  readonly openEdge: () => Promise<EdgePort>;
  readonly supervisor: SessionSupervisor;
  readonly recorder?: FlightRecorder;
}

/** The node machine with its effects. */
export function createNodeActor(options: NodeActorOptions): Actor<typeof nodeMachine> {
  let edge: EdgePort | undefined;
  const logic = nodeMachine.provide({
    actions: {
      openEdge: ({ self }) => {
        options.openEdge().then(
          (opened) => {
            edge = opened;
            self.send({ type: "edge.opened", url: opened.url });
          },
          (error) => self.send({ type: "edge.failed", error }),
        );
      },
      turnAway: () => edge?.turnAway(),
      stopAccepting: () => edge?.stopAccepting(),
      moveSessions: ({ self }, { deadlineMs }) => {
        const moved = options.supervisor.moveAll({ deadlineMs, spreadMs: deadlineMs / spreadShare });
        void moved.then(() => self.send({ type: "sessions.closed" }));
      },
      closeSessions: ({ self }, { code, reason }) => {
        void options.supervisor.closeAll(code, reason).then(() => self.send({ type: "sessions.closed" }));
      },
      closeEdge: ({ self }) => {
        void Promise.resolve(edge?.close()).finally(() => self.send({ type: "edge.closed" }));
      },
    },
  });
  return createActor(logic, {
    id: "node",
    systemId: "node",
    ...options.recorder?.record({ id: "node" }),
    input: { timeouts: options.timeouts },
  });
}
