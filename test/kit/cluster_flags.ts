/** The secret of the clusters of tests. */
export const clusterSecret = "a secret of the test's cluster, 32 characters or more";

/** Flags of a node of a cluster. */
export function clusterFlags(natsUrls: string, namespace: string): readonly string[] {
  return [
    "--nats",
    natsUrls,
    "--namespace",
    namespace,
    "--secret",
    clusterSecret,
    "--auth",
    "open",
    "--host",
    "127.0.0.1",
  ];
}
