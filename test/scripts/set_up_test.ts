import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { applyPatches } from "../../scripts/apply_patches.js";
import { findMissingPrograms, findStaleness, planInstall } from "../../scripts/set_up.js";

const a = { version: "1.0.0", integrity: "sha512-a" };
const dev = { version: "2.0.0", integrity: "sha512-b", dev: true };

/** A project with an up-to-date install of the packages `a`, `dev` and `node`. */
function makeProject(): {
  readonly root: string;
  write(file: string, content: unknown): void;
  remove(file: string): void;
} {
  const root = mkdtempSync(join(tmpdir(), "signalbox-set-up-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const write = (file: string, content: unknown) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), typeof content === "string" ? content : JSON.stringify(content));
  };
  const packages = { "node_modules/a": a, "node_modules/dev": dev };
  const others = { "node_modules/other-cpu": { version: "1.0.0", optional: true } };
  write("package-lock.json", { packages: { "": { name: "x" }, ...packages, ...others } });
  write("node_modules/.package-lock.json", { packages });
  write("node_modules/a/package.json", a);
  write("node_modules/a/text.txt", "one\ntwo\nthree\nfour\n");
  write("node_modules/dev/package.json", dev);
  write("node_modules/node/bin/node", "");
  return { root, write, remove: (file) => rmSync(join(root, file), { recursive: true }) };
}

const patch = (from: string, to: string) =>
  `--- a/node_modules/a/text.txt\n+++ b/node_modules/a/text.txt\n@@ -1,3 +1,3 @@\n one\n-${from}\n+${to}\n three\n`;

test("[CF16] an install that is as the lock file says is left alone", () => {
  expect(findStaleness(makeProject().root)).toBeUndefined();
});

test("[CF16] an install is stale when anything in it is missing or not the lock file's", () => {
  const stale = (change: (project: ReturnType<typeof makeProject>) => void) => {
    const project = makeProject();
    change(project);
    return findStaleness(project.root);
  };
  expect(stale(({ remove }) => remove("node_modules"))).toBe("node_modules is missing or incomplete");
  expect(stale(({ remove }) => remove("node_modules/.package-lock.json"))).toBe(
    "node_modules is missing or incomplete",
  );
  expect(stale(({ remove }) => remove("node_modules/a"))).toBe("a was removed");
  expect(stale(({ remove }) => remove("node_modules/node"))).toBe("its Node is missing");
  const lock = (packages: unknown) => stale(({ write }) => write("package-lock.json", { packages }));
  expect(lock({ "node_modules/a": { ...a, version: "1.0.1" } })).toBe("a is not the one of the lock file");
  expect(lock({ "node_modules/a": { ...a, integrity: "sha512-c" } })).toBe("a is not the one of the lock file");
  expect(lock({ "node_modules/@b/c": a })).toBe("@b/c 1.0.0 is not installed");
});

test("[CF16] to start, dev packages may be missing, and a Node that can run the server will do", () => {
  const { root, write, remove } = makeProject();
  write("node_modules/.package-lock.json", { packages: { "node_modules/a": a } });
  remove("node_modules/node");
  expect(findStaleness(root, { isForStart: true, nodeVersion: "22.18.0" })).toBeUndefined();
  expect(findStaleness(root, { isForStart: true, nodeVersion: "20.20.2" })).toBe("its Node is missing");
  expect(findStaleness(root, { isForStart: true, nodeVersion: "24.0.0" })).toBe("its Node is missing");
  expect(findStaleness(root, { nodeVersion: "22.18.0" })).toBe("dev 2.0.0 is not installed");
});

test("[CF17] patches are applied in order, and once", () => {
  const { root, write } = makeProject();
  write("patches/a+1.0.0+002+second.patch", patch("2", "II"));
  write("patches/a+1.0.0+001+first.patch", patch("two", "2"));
  expect(applyPatches(root)).toEqual(["a"]);
  expect(readFileSync(join(root, "node_modules/a/text.txt"), "utf8")).toBe("one\nII\nthree\nfour\n");
  expect(applyPatches(root)).toEqual([]);
});

test("[CF17] patches may come, change and go without a new install", () => {
  const { root, write, remove } = makeProject();
  const textAfter = () => {
    expect(applyPatches(root)).toEqual(["a"]);
    expect(findStaleness(root)).toBeUndefined();
    return readFileSync(join(root, "node_modules/a/text.txt"), "utf8");
  };
  write("patches/a+1.0.0+001+first.patch", patch("two", "2"));
  expect(textAfter()).toBe("one\n2\nthree\nfour\n");
  write("patches/a+1.0.0+002+second.patch", patch("2", "II"));
  expect(textAfter()).toBe("one\nII\nthree\nfour\n");
  write("patches/a+1.0.0+001+first.patch", patch("two", "zwei"));
  write("patches/a+1.0.0+002+second.patch", patch("zwei", "deux"));
  expect(textAfter()).toBe("one\ndeux\nthree\nfour\n");
  remove("patches");
  expect(textAfter()).toBe("one\ntwo\nthree\nfour\n");
  expect(applyPatches(root)).toEqual([]);
});

test("[CF17] when one patch of a package does not fit, the package stays as it was", () => {
  const { root, write } = makeProject();
  write("patches/a+1.0.0+001+first.patch", patch("two", "2"));
  applyPatches(root);
  write("patches/a+1.0.0+001+first.patch", patch("two", "zwei"));
  write("patches/a+1.0.0+002+second.patch", patch("2", "II"));
  expect(() => applyPatches(root)).toThrow("Cannot apply a+1.0.0+002+second.patch");
  expect(readFileSync(join(root, "node_modules/a/text.txt"), "utf8")).toBe("one\n2\nthree\nfour\n");
});

test.each([
  ["a+1.0.0+001+x.patch", patch("dos", "2"), "node_modules/a/text.txt is not what it expects"],
  ["a+1.0.1+001+x.patch", patch("two", "2"), "1.0.0 is installed"],
  ["a+1.0.0+001+x.patch", patch("two", "2").replaceAll("a/text.txt", "b/text.txt"), "is not in node_modules/a"],
  ["a+1.0.0+001+x.patch", patch("two", "2").replaceAll("a/text.txt", "a/../b"), "is not in node_modules/a"],
  ["a+1.0.0+001+x.patch", patch("two", "2").replace(/ three\n/, ""), "its line 3 starts a hunk that is cut"],
  ["a+1.0.0+001+x.patch", "nothing", "it names no file"],
  ["a.patch", patch("two", "2"), "its name is not package+version+number+what"],
])("[CF17] a patch that does not fit changes nothing: %s %#", (name, text, why) => {
  const { root, write } = makeProject();
  write(`patches/${name}`, text);
  expect(() => applyPatches(root)).toThrow(why);
  expect(readFileSync(join(root, "node_modules/a/text.txt"), "utf8")).toBe("one\ntwo\nthree\nfour\n");
});

test("[CF17] a patch may add and delete files and end a file without a line end, as git writes it", () => {
  const { root, write } = makeProject();
  for (const side of ["old", "new"])
    cpSync(join(root, "node_modules/a"), join(root, side, "node_modules/a"), { recursive: true });
  write("new/node_modules/a/deep/added.txt", "new");
  write("new/node_modules/a/text.txt", "one\nthree\nfour\nfive");
  rmSync(join(root, "new/node_modules/a/package.json"));
  const { stdout } = spawnSync("git", ["diff", "--no-index", "old", "new"], { cwd: root, encoding: "utf8" });
  write("patches/a+1.0.0.patch", stdout.replaceAll(/(?<= [ab]\/)(?:old|new)\//g, ""));
  applyPatches(root);
  const read = (file: string) => readFileSync(join(root, "node_modules/a", file), "utf8");
  expect([read("deep/added.txt"), read("text.txt")]).toEqual(["new", "one\nthree\nfour\nfive"]);
  expect(() => read("package.json")).toThrow("ENOENT");
});

test("[CF18] npm ci runs without the binaries that it removes, and with dev packages whatever npm was told", () => {
  const { args, env } = planInstall("/project", { PATH: "/project/node_modules/.bin:/usr/bin", A: "1" });
  expect(env).toEqual({ PATH: "/usr/bin", A: "1" });
  expect(args.slice(0, 2)).toEqual(["ci", "--include=dev"]);
});

test("[CF18] programs that the tests start are missing when their file is", () => {
  expect(findMissingPrograms(() => true)).toEqual([]);
  expect(findMissingPrograms((file: string) => file !== "/usr/bin/chromium")).toEqual(["chromium"]);
  expect(findMissingPrograms(() => false, ["nats-server"])).toEqual(["nats-server"]);
});

test("[CF18] the set-up is silent and quick when there is nothing to do", () => {
  // In a project of its own: in this one it would install whatever is stale right now, under the feet of the other tests.
  const { root, write } = makeProject();
  write("package.json", { type: "module" });
  cpSync(fileURLToPath(new URL("../../scripts", import.meta.url)), join(root, "scripts"), { recursive: true });
  const startMs = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts/set_up.js")], {
    encoding: "utf8",
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(performance.now() - startMs).toBeLessThan(3_000);
});
