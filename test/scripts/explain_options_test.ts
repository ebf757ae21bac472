import { expect, test } from "vitest";
import type { ListedPeer } from "../../protocol/peer_list.ts";
import { failedConnectionsOf, suggestionsFor } from "../../scripts/explain/ask_node.ts";
import { readExplainOptions } from "../../scripts/explain/explain_options.ts";

const url = "http://127.0.0.1:8080";

test("[XP61] the command line names one client, also one whose id begins with a dash", () => {
  expect(readExplainOptions(["abc"], {})).toEqual({ subject: "abc", url, token: undefined });
  const env = { SIGNALBOX_ADMIN_TOKEN: "t" };
  expect(readExplainOptions(["-Dabc", "--url", "http://n:1"], env)).toEqual({
    subject: "-Dabc",
    url: "http://n:1",
    token: "t",
  });
  expect(readExplainOptions(["--token=-x", "abc"], env)).toEqual({ subject: "abc", url, token: "-x" });
  expect(readExplainOptions(["--failed"], {})).toEqual({ subject: undefined, url, token: undefined });
  expect(() => readExplainOptions(["--failed", "abc"], {})).toThrow("npm run explain -- <peer>");
  for (const help of ["-h", "--help"]) expect(readExplainOptions([help], {})).toBeUndefined();
  for (const args of [[], ["a", "b"]]) expect(() => readExplainOptions(args, {})).toThrow("npm run explain -- <peer>");
  expect(() => readExplainOptions(["a", "--url", "n:1"], {})).toThrow("--url is n:1");
});

test("[XP61] whoever names nobody is told whom it may have meant: by id, by name or by room", () => {
  const peer = (id: string, name: string, room: string): ListedPeer => ({
    id,
    name,
    room,
    node: "n1",
    state: "open.joined.attached",
    startedAt: 1,
    connections: [],
  });
  const peers = [peer("abcdefgh", "Ada", "atrium"), peer("ijklmnop", "Bob", "cellar")];
  expect(suggestionsFor("abcdefgx", peers)).toMatch(
    /^Perhaps one of these:\n {2}abcdefgh {2}Ada, room "atrium", open.joined.attached$/,
  );
  expect(suggestionsFor("bob", peers)).toContain("ijklmnop");
  expect(suggestionsFor("cellar", peers)).not.toContain("abcdefgh");
  expect(suggestionsFor("zzzzzzzzzzzz", peers)).toMatch(/^Those that came last:\n.*abcdefgh.*\n.*ijklmnop/);
  expect(suggestionsFor("a", [])).toBe("It remembers no client at all.");
});

test("[XP61] those that failed are named, of the client that came last first, the newest of each first", () => {
  const peer = (id: string, failures: readonly (string | undefined)[]): ListedPeer => ({
    id,
    node: "n1",
    state: "closed",
    startedAt: 1,
    connections: failures.map((failure, index) => ({
      id: `${id}-${index + 1}`,
      state: "closed",
      ...(failure === undefined ? {} : { failure }),
    })),
  });
  const peers = [
    peer("b", ["ice-failed", undefined, "dtls-failed"]),
    peer("c", [undefined]),
    peer("a", ["ice-failed"]),
  ];
  expect(failedConnectionsOf(peers)).toEqual(["b-3", "b-1", "a-1"]);
});
