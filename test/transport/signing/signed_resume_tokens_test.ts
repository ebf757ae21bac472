import { expect, test } from "vitest";
import { SignedResumeTokens } from "../../../transport/signing/signed_resume_tokens.ts";

const secret = "one secret of the cluster, long enough";
const claim = { session: "ada", room: "atrium", name: "Ada 🦊", epoch: 2, isSubscribing: false };

function tokensOf(options: { readonly secret?: string; readonly node?: string; readonly now?: () => number } = {}) {
  return new SignedResumeTokens({ secret, node: "node-1", lifetimeMs: 1_000, now: () => 5_000, ...options });
}

test("[RU10] every node of a cluster reads what one of them signed", () => {
  const token = tokensOf().sign(claim);
  expect(tokensOf({ node: "node-2" }).read(token)).toEqual({ ...claim, node: "node-1", expiresAtMs: 6_000 });
});

test.each([
  ["of another secret", tokensOf({ secret: "another secret of another cluster, too" }).sign(claim)],
  ["without a signature", tokensOf().sign(claim).replace(/\..*/, "")],
  ["with another signature", tokensOf().sign(claim).replace(/\..*/, ".AAAA")],
  ["with something behind it", `${tokensOf().sign(claim)}.x`],
  ["of another claim", `${Buffer.from("{}").toString("base64url")}.${tokensOf().sign(claim).split(".")[1]}`],
  ["that is signed and no claim", tokensOf().sign({ session: 1 } as never)],
  ["that is empty", ""],
  ["that is a word", "token"],
])("[RU10] a token %s is refused as session-gone", (_, token) => {
  expect(() => tokensOf().read(token)).toThrow(expect.objectContaining({ code: "session-gone" }));
});

test("[RU11] a node believes a token of another start of a node until it runs out, and none of its own", () => {
  const read = tokensOf().read(tokensOf().sign(claim));
  expect(tokensOf().findObstacle(read)).toBe("it has ended");
  expect(tokensOf({ node: "node-2", now: () => 6_000 }).findObstacle(read)).toBeUndefined();
  expect(tokensOf({ node: "node-2", now: () => 6_001 }).findObstacle(read)).toBe("the token has run out");
});

test("[RU12] a token that is signed for less runs out sooner, and one for more does not run out later", () => {
  const read = (lifetimeMs: number) => tokensOf().read(tokensOf().sign(claim, { lifetimeMs })).expiresAtMs;
  expect([read(200), read(9_000)]).toEqual([5_200, 6_000]);
});

test("[RC31] the epoch of a later claim is the higher one, whichever node it is made on, and above those that are known", () => {
  expect(tokensOf({ now: () => 9_000 }).nextEpoch(1)).toBeGreaterThan(tokensOf({ node: "node-2" }).nextEpoch(4_000));
  expect(tokensOf().nextEpoch(7_000)).toBe(7_001);
});
