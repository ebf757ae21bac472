import { answerCommandLine } from "../../config/help.ts";

/** The flags of the doctor alone. */
const ownFlags = ["--json", "--no-color"] as const;

const head = `npm run doctor -- [flags of npm start] [--json] [--no-color]

Checks what an operator would before users come, with the settings of the node: its flags, its variables and its signalbox.json.
Run it on the machine of the node, as its user, before the node is started.

  --json
      Prints one JSON object at the end, and nothing else (docs/doctor.md).
  --no-color
      No colors on a terminal; NO_COLOR=1 in the environment does the same.

Exit code: 0 when nothing failed, 1 when something did, 78 for settings that cannot be used.

`;

/** What the doctor is asked for. */
export interface DoctorOptions {
  readonly isJson: boolean;
  readonly isColored: boolean;
  /** The flags of the node. */
  readonly argv: readonly string[];
}

/** Takes the command line apart; a text is to be printed instead. */
export function readDoctorOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): DoctorOptions | string {
  const answer = answerCommandLine(args);
  if (answer !== undefined) {
    const isHelp = args.includes("--help") || args.includes("-h");
    return isHelp ? `${head}${answer.slice(answer.indexOf("General:"))}` : answer;
  }
  const isOwn = (word: string) => ownFlags.some((flag) => flag === word);
  return {
    isJson: args.includes("--json"),
    isColored: !args.includes("--no-color") && !env["NO_COLOR"],
    argv: args.filter((word) => !isOwn(word)),
  };
}
