import { expect } from "vitest";
import { e2e } from "../kit/e2e.ts";
import { eventually } from "../kit/eventually.ts";
import type { ScriptedPage } from "../kit/page_client.ts";

/** A tutorial's page opened in a browser, and what went wrong in it. */
interface Tutorial {
  readonly page: ScriptedPage;
  /** Uncaught errors and unhandled rejections: what a user of the page would see in the console. */
  readonly errors: readonly string[];
}

const test = e2e
  .extend("page", async ({ chromium }, { onCleanup }) => {
    const page = await chromium.newPage();
    onCleanup(() => page.close());
    return page;
  })
  .extend("open", ({ node, pages, page }) => async (name: string): Promise<Tutorial> => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`${pages.url}/${name}?ws=${encodeURIComponent(node.wsUrl)}`);
    return { page, errors };
  })
  .extend("openInFirefox", async ({ node, pages, firefox }, { onCleanup }) => {
    const page = await firefox.newPage();
    onCleanup(() => page.close());
    return async (name: string): Promise<Tutorial> => {
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.goto(`${pages.url}/${name}?ws=${encodeURIComponent(node.wsUrl)}`);
      return { page, errors };
    };
  });

test("[E2E60] the page of the tutorials, with camera, chat and candidates both ways, works unchanged", async ({
  open,
}) => {
  const tutorial = await open("tutorial.html");
  await chatShows(tutorial, "hello");
  await remoteVideoPlays(tutorial);
  expect(tutorial.errors).toEqual([]);
});

test("[E2E64] the page of the tutorials works unchanged in Firefox, too", async ({ openInFirefox }) => {
  const tutorial = await openInFirefox("tutorial.html");
  await chatShows(tutorial, "hello");
  await remoteVideoPlays(tutorial);
  expect(await remoteKinds(tutorial)).toEqual(["audio", "video"]);
  expect(tutorial.errors).toEqual([]);
});

test("[E2E61] what was sent as one stream comes back as one stream", async ({ open }) => {
  const tutorial = await open("tutorial.html");
  await chatShows(tutorial, "hello");
  expect(await remoteKinds(tutorial)).toEqual(["audio", "video"]);
});

test("[E2E62] a page that ignores the server's candidates connects", async ({ open }) => {
  const tutorial = await open("tutorial_without_candidates.html");
  await chatShows(tutorial, "hello");
  expect(tutorial.errors).toEqual([]);
});

test("[E2E63] a page that puts all its candidates into its offer connects", async ({ open }) => {
  const tutorial = await open("tutorial_without_trickle.html");
  await chatShows(tutorial, "hello");
  expect(tutorial.errors).toEqual([]);
});

async function chatShows(tutorial: Tutorial, text: string): Promise<void> {
  await eventually(async () => (await tutorial.page.evaluate("chat.textContent")) === text, {
    what: `the chat to show "${text}"`,
    describe: () => stateOf(tutorial),
  });
}

async function remoteVideoPlays(tutorial: Tutorial): Promise<void> {
  await eventually(() => tutorial.page.evaluate("remoteVideo.videoWidth > 0 && remoteVideo.currentTime > 0.5"), {
    what: "the remote video to play",
    describe: () => stateOf(tutorial),
  });
}

/** The kinds of the tracks in the one stream that the page plays. */
function remoteKinds({ page }: Tutorial): Promise<unknown> {
  return page.evaluate("remoteVideo.srcObject.getTracks().map((track) => track.kind).sort()");
}

async function stateOf({ page, errors }: Tutorial): Promise<unknown> {
  const states = "[ws.readyState, pc.signalingState, pc.iceConnectionState, pc.connectionState, channel.readyState]";
  return { states: await page.evaluate(states), errors };
}
