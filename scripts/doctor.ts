import { version } from "../config/version.ts";
import { type Config, readConfig } from "../config.ts";
import { allChecks } from "../transport/doctor/all_checks.ts";
import { DoctorOutput } from "../transport/doctor/doctor_output.ts";
import { toJson } from "../transport/doctor/doctor_report.ts";
import { type CheckResult, runChecks } from "../transport/doctor/run_checks.ts";
import { describeStartFailure, exitCodes } from "../transport/process/start_failure.ts";
import { readDoctorOptions } from "./doctor/doctor_options.ts";

// What an operator would check before users come, from the machine of the node and with its settings:
//
//   npm run doctor -- --udp-ports 50000-50999 --announce-ip 203.0.113.7 --ice-servers '...' --nats nats://...

/** What checks leave open has this long to end, in milliseconds. Ours. */
const lingerMs = 500;

function readConfigOrExit(argv: readonly string[]): Config {
  try {
    return readConfig({ argv, env: process.env, cwd: process.cwd() });
  } catch (error) {
    const failure = describeStartFailure(error);
    if (failure === undefined) throw error;
    process.stderr.write(`doctor: ${failure.line}\n`);
    process.exit(exitCodes.badConfig);
  }
}

const options = readDoctorOptions(process.argv.slice(2), process.env);
if (typeof options === "string") {
  process.stdout.write(options);
  process.exit(0);
}
const config = readConfigOrExit(options.argv);
const beganMs = performance.now();
const checks = allChecks(config, options.argv);
let results: readonly CheckResult[];
if (options.isJson) {
  results = await runChecks(checks);
  process.stdout.write(`${JSON.stringify(toJson(results, performance.now() - beganMs), null, 2)}\n`);
} else {
  process.stdout.write(`Signalbox ${version}: is this machine ready for a node with these settings?\n`);
  const output = new DoctorOutput(process.stdout, options);
  results = await runChecks(checks, {
    ended: (result) => output.ended(result),
    waiting: (left) => output.waiting(left),
  });
  output.end(results, performance.now() - beganMs);
}
process.exitCode = results.some(({ verdict }) => verdict === "failed") ? 1 : 0;
// A check that was given up may hold something open.
setTimeout(() => process.exit(), lingerMs).unref();
