import { expect } from "vitest";
import { handles, waitForHandles } from "../kit/handles.ts";
import { cameraAndMicrophone, roomTest } from "../kit/room_e2e.ts";
import { inspectableEnv, readMemory } from "../kit/room_memory.ts";
import { startNode } from "../kit/start_node.ts";

/** How long people come and go; `SIGNALBOX_TEST_CHURN_SECONDS=600` for the long form. */
const CHURN_MS = 1_000 * Number(process.env["SIGNALBOX_TEST_CHURN_SECONDS"] ?? 30);
/** What the node may use more after that: code that is compiled by then, and records of transitions up to their bound. */
const MORE_HEAP_BYTES = 12 * 1024 * 1024;
/** Two streams' worth of packets. */
const MORE_BUFFER_BYTES = 8 * 1024 * 1024;
const WARM_UP_ROUNDS = 5;

const test = roomTest.override("node", { scope: "file" }, async ({}, { onCleanup }) => {
  const node = await startNode({ env: inspectableEnv });
  onCleanup(async () => void (await node.stop()));
  return node;
});

test("[RE80] after people came and went for a while, the node and who stayed hold no more than at the start", {
  timeout: CHURN_MS + 90_000,
}, async ({ enter, node, room }) => {
  const stayed = await enter();
  const guest = await enter({ tracks: null });
  let rounds = 0;
  const comeAndGo = async () => {
    await guest.join(room);
    await stayed.others(1);
    await guest.publish(...cameraAndMicrophone);
    if (rounds % 2 === 0) await stayed.morePictures(guest, "camera", 2);
    if (rounds % 3 === 0) await guest.morePictures(stayed, "camera", 2);
    await guest.call("leave");
    await stayed.others(0);
    rounds += 1;
  };
  const measure = async () => {
    await stayed.call("stable");
    return { ...handles(node.pid), ...(await readMemory(node)), ...(await stayed.state()) };
  };
  while (rounds < WARM_UP_ROUNDS) await comeAndGo();
  const before = await measure();

  const endAt = performance.now() + CHURN_MS;
  while (performance.now() < endAt) await comeAndGo();
  expect(rounds).toBeGreaterThan(WARM_UP_ROUNDS + 3);

  await waitForHandles(node.pid, { udpSockets: before.udpSockets, tcpSockets: before.tcpSockets });
  const after = await measure();
  const numbers = JSON.stringify({ rounds, before, after });
  expect(after.sections, numbers).toBe(before.sections);
  expect(after.transceivers, numbers).toBe(before.transceivers);
  expect(after.sdpLength, numbers).toBeLessThan(before.sdpLength * 1.1);
  expect(after.heapUsed - before.heapUsed, numbers).toBeLessThan(MORE_HEAP_BYTES);
  expect(after.arrayBuffers - before.arrayBuffers, numbers).toBeLessThan(MORE_BUFFER_BYTES);
  // Who stayed still sees and is seen.
  await guest.join(room);
  await guest.publish(...cameraAndMicrophone);
  await stayed.morePictures(guest, "camera", 5);
  await guest.morePictures(stayed, "camera", 5);
  expect(await stayed.call("errors")).toEqual([]);
});
