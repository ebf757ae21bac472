import { expect } from "vitest";
import { explained } from "../kit/explained.ts";
import { roomTest as test } from "../kit/room_e2e.ts";

test("[XP4, XP5] a call of browsers is well from its beginning to its end, with nothing else to be told", async ({
  node,
  enter,
}) => {
  const first = await enter();
  const second = await enter();
  await first.morePictures(second, "camera", 5);
  await second.morePictures(first, "camera", 5);
  const { peers } = (await (await fetch(`${node.url}/api/v1/peers`)).json()) as {
    readonly peers: readonly { readonly id: string }[];
  };
  expect(peers).toHaveLength(2);
  for (const { id } of peers) {
    const explanation = await explained(node, id);
    expect(explanation).toMatchObject({ state: "connected", isWell: true, others: [], gaps: [], neverCame: [] });
    expect(explanation.summary).toMatch(/^Connected after .*Packets go directly/);
  }
  await second.close();
  for (const { id } of peers) expect(await explained(node, id)).toMatchObject({ isWell: true, others: [] });
});
