/** What was waited for longer than the page is willing to wait in silence. */
export type Deadline = "socket" | "answer" | "way" | "picture" | "pong";

/** How long the page waits for each before it says so; the numbers are ours. */
export const deadlineMs: Readonly<Record<Deadline, number>> = {
  socket: 10_000,
  answer: 10_000,
  way: 15_000,
  picture: 8_000,
  pong: 5_000,
};

/** The same in words, for the person who waits. */
export function deadlineText(deadline: Deadline): string {
  return `${deadlineMs[deadline] / 1_000} seconds`;
}
