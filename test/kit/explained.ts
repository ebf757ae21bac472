import { writeReport } from "../../actors/explain/explanation_report.ts";
import { type ConnectionExplanation, isConnectionExplanation } from "../../protocol/connection_explanation.ts";
import { eventually } from "./eventually.ts";

/** What a node says of a client over REST, as soon as that fits. */
export async function explained(
  node: { readonly url: string },
  peer: string,
  fits: (explanation: ConnectionExplanation) => boolean = () => true,
): Promise<ConnectionExplanation> {
  let last: unknown;
  const describe = () => (isConnectionExplanation(last) ? writeReport(last) : last);
  const probe = async (): Promise<ConnectionExplanation | undefined> => {
    last = await (await fetch(`${node.url}/api/v1/peers/${peer}/explain`)).json();
    return isConnectionExplanation(last) && fits(last) ? last : undefined;
  };
  return eventually(probe, {
    what: `an explanation of ${peer}`,
    timeoutMs: 25_000,
    intervalMs: 100,
    describe,
  });
}
