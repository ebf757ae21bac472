import { expect, test } from "vitest";
import { engineLimitsOf } from "../../../transport/edge/edge_limits.ts";
import { openSignallingSocket } from "../../kit/signalling_socket.ts";
import { limits } from "./default_limits.ts";
import { openEdge } from "./open_edge.ts";
import { openRawClient } from "./raw_client.ts";

test("[ED11] finds a client that is silent and answers no ping, and keeps one that does", {
  timeout: 30_000,
}, async () => {
  const { edge, told, next, wsUrl } = await openEdge({ limits: { idleTimeoutMs: 8_000 } });
  const alive = await openSignallingSocket(wsUrl);
  const aliveId = (await next("opened")).socket.id;
  const gone = await openRawClient(edge.url);
  const goneId = (await next("opened")).socket.id;
  const closed = await told.next(({ what }) => what === "closed", {
    what: "the silent one to be found",
    timeoutMs: 20_000,
  });
  expect(closed).toMatchObject({ socket: { id: goneId }, code: 1006 });
  expect(gone.frames().map(({ opcode }) => opcode)).toContain(9);
  alive.send({ type: "bye" });
  expect((await next("received")).socket.id).toBe(aliveId);
  await alive.close();
});

test("[ED11] gives the engine whole seconds that it takes, and no pings where silence is allowed", () => {
  const secondsOf = (idleTimeoutMs: number) => engineLimitsOf({ ...limits, idleTimeoutMs }).idleTimeout;
  expect([1, 8_000, 8_001, 30_000, 5_000_000].map(secondsOf)).toEqual([8, 8, 9, 30, 960]);
  expect(engineLimitsOf({ ...limits, idleTimeoutMs: 0 })).toMatchObject({
    idleTimeout: 0,
    sendPingsAutomatically: false,
  });
});
