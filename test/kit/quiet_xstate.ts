import { vi } from "vitest";

// XState's development build, which is what Vitest loads, warns of every event that comes after the end of its actor, and of a
// machine that has another one act. Both are meant: an engine may answer after the end of its peer.
vi.spyOn(console, "warn").mockImplementation((...said: unknown[]) => {
  const isMeant = /was sent to stopped actor|Custom actions should not call/.test(String(said[0]));
  if (!isMeant) process.stderr.write(`${said.join(" ")}\n`);
});
