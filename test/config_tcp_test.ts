import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { chooseTcpPorts } from "../config/tcp_ports.ts";
import { readConfig } from "../config.ts";

const folder = mkdtempSync(join(tmpdir(), "signalbox-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (line: string, cwd = tmpdir()) => readConfig({ argv: line.split(" "), env: {}, cwd });
const workers = "--nats a --auth open --secret a-secret-of-the-cluster-long-enough --workers 3";

test("[TCP30] --tcp-ports is one port, a range or off, from text and from the file", () => {
  expect(read("--tcp-ports 3478").tcpPorts).toEqual({ min: 3_478, max: 3_478 });
  expect(read("--tcp-ports 50000-50003").tcpPorts).toEqual({ min: 50_000, max: 50_003 });
  expect(read("--tcp-ports off").tcpPorts).toBe("off");
  expect("tcpPorts" in read("--port 1")).toBe(false);
  writeFileSync(join(folder, "signalbox.json"), JSON.stringify({ "tcp-ports": 443 }));
  expect(read("--port 1", folder).tcpPorts).toEqual({ min: 443, max: 443 });
});

test.each(["0", "65536", "70000-80000", "5-4", "on", "1-2-3", "-1", "123456"])(
  "[TCP30] --tcp-ports %s is refused in one line",
  (ports) => {
    expect(() => read(`--tcp-ports=${ports}`)).toThrow(
      `Cannot use --tcp-ports ${JSON.stringify(ports)}: expected a port from 1 to 65535, two with the smaller first, as 50000-50003, or off`,
    );
  },
);

test("[TCP30] the port of the signalling is none for media, and each worker needs one of its own", () => {
  expect(() => read("--port 8081 --tcp-ports 8080-8082")).toThrow(
    'Cannot use --tcp-ports "8080-8082": expected ports without 8081, which --port has for the signalling',
  );
  expect(() => read(`${workers} --tcp-ports 50000-50001`)).toThrow(
    'Cannot use --tcp-ports "50000-50001": expected at least one for each of the 3 workers',
  );
  expect(read(`${workers} --tcp-ports 50000-50002`).tcpPorts).toEqual({ min: 50_000, max: 50_002 });
});

test("[TCP30] without --tcp-ports the first of --udp-ports is for media by TCP, or any port", () => {
  const udpPorts = { min: 50_000, max: 50_999 };
  expect(chooseTcpPorts({ udpPorts, port: 8_080 })).toEqual({ range: { min: 50_000, max: 50_000 }, isAskedFor: false });
  expect(chooseTcpPorts({ udpPorts, port: 50_000 })).toEqual({
    range: { min: 50_001, max: 50_001 },
    isAskedFor: false,
  });
  expect(chooseTcpPorts({ udpPorts: { min: 8_080, max: 8_080 }, port: 8_080 })).toBe(undefined);
  expect(chooseTcpPorts({ port: 8_080 })).toEqual({ isAskedFor: false });
  const tcpPorts = { min: 443, max: 443 };
  expect(chooseTcpPorts({ tcpPorts, udpPorts, port: 8_080 })).toEqual({ range: tcpPorts, isAskedFor: true });
  expect(chooseTcpPorts({ tcpPorts: "off", udpPorts, port: 8_080 })).toBe(undefined);
});
