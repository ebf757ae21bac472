import type { AnyActorRef, AnyMachineSnapshot } from "xstate";

/** Stops what an actor that crashed leaves running: XState lets its children go on, timers and all. */
export function stopChildren(crashed: AnyActorRef): void {
  const { children } = crashed.getSnapshot() as AnyMachineSnapshot;
  // What `stopChild` sends; only their parent could use that, and it is dead.
  for (const child of Object.values<AnyActorRef | undefined>(children)) child?.send({ type: "xstate.stop" });
}
