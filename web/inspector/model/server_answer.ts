/** What the server said in an answer that is not what was asked for, in its own words. */
export async function serverWords(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as { readonly error?: { readonly message?: unknown } };
    if (typeof error?.message === "string") return error.message;
  } catch {
    // It is none of the server's own: a proxy's.
  }
  return `The server answered ${response.status}${response.statusText === "" ? "" : ` ${response.statusText}`}`;
}
