import type { HttpRequest, HttpResponse, us_socket_context_t, WebSocket, WebSocketBehavior } from "uWebSockets.js";
import type { Feed } from "../../actors/inspection_feed.ts";
import { type InspectionFilter, parseInspectionQuery } from "../../protocol/inspection.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import type { AdminAccess } from "./admin_access.ts";
import { adminRefusal } from "./admin_refusal.ts";
import { failure, type HttpAnswer, upgradeRequired } from "./http_routes.ts";
import { writeAnswer } from "./http_writer.ts";

/** Watchers at the same time. Ours: each costs what it is shown. */
const maxWatchers = 32;
/** A watcher that has so many bytes to read yet gets no more at the moment. Ours. */
const pauseBytes = 262_144;
/** Far above that: one message may be as long as a description, twice. */
const maxUnsentBytes = 4 * 1_048_576;
/** What is written in one turn of the event loop, so that calls go on meanwhile. Ours. */
const itemsPerTurn = 50;
/** Chosen when it is offered beside a token (RFC 6455, 4.2.2). */
const subprotocol = "signalbox.inspect";

export interface InspectRouteOptions {
  readonly access: AdminAccess;
  readonly open: (filter: InspectionFilter, onReady: () => void) => Feed;
}

interface Slot {
  readonly filter: InspectionFilter;
  watcher?: Watcher;
}

/** A socket, and what it is shown. */
class Watcher {
  readonly #ws: WebSocket<Slot>;
  readonly #feed: Feed;
  #isPlanned = false;
  #isClosed = false;

  constructor(ws: WebSocket<Slot>, open: (onReady: () => void) => Feed) {
    this.#ws = ws;
    this.#feed = open(() => this.plan());
    this.plan();
  }

  /** Writes on in the next turn of the event loop. */
  plan(): void {
    if (this.#isPlanned || this.#isClosed) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.#write();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#feed.close();
  }

  #write(): void {
    for (let count = 0; count < itemsPerTurn && !this.#isClosed; count += 1) {
      // The engine says when it goes on.
      if (this.#ws.getBufferedAmount() >= pauseBytes) return;
      const messages = this.#feed.take();
      if (messages.length === 0) return;
      for (const message of messages) this.#ws.send(message);
    }
    this.plan();
  }
}

/** `/inspect`: shows watchers what happens in the actors. */
export class InspectRoute {
  readonly #options: InspectRouteOptions;
  readonly #sockets = new Set<WebSocket<Slot>>();

  constructor(options: InspectRouteOptions) {
    this.#options = options;
  }

  /** What the engine calls for the path of this route. */
  behavior(): WebSocketBehavior<Slot> {
    return {
      maxPayloadLength: 1_024,
      idleTimeout: 120,
      sendPingsAutomatically: true,
      maxBackpressure: maxUnsentBytes,
      upgrade: (res, req, context) => this.#upgrade(res, req, context),
      open: (ws) => this.#opened(ws),
      drain: (ws) => ws.getUserData().watcher?.plan(),
      close: (ws) => {
        this.#sockets.delete(ws);
        ws.getUserData().watcher?.close();
      },
    };
  }

  stop(): void {
    for (const ws of [...this.#sockets]) ws.end(1001, "shutting-down");
  }

  /** For who asks without a WebSocket handshake: whether it would be let in. A handshake that is refused tells a page nothing. */
  answer(res: HttpResponse, req: HttpRequest): HttpAnswer {
    const refusal = adminRefusal(this.#options.access, res, req) ?? this.#fullness();
    if (refusal !== undefined) return refusal;
    const filter = filterOf(req);
    return "status" in filter ? filter : upgradeRequired("/inspect");
  }

  #upgrade(res: HttpResponse, req: HttpRequest, context: us_socket_context_t): void {
    const refuse = (answer: HttpAnswer) => writeAnswer(res, answer, { isHead: false, isLast: true });
    const refusal = adminRefusal(this.#options.access, res, req);
    const fullness = this.#fullness();
    const filter = filterOf(req);
    const isHandshake = req.getHeader("upgrade").toLowerCase() === "websocket";
    if (refusal !== undefined) refuse(refusal);
    else if (!isHandshake || req.getHeader("sec-websocket-version") !== "13") refuse(upgradeRequired("/inspect"));
    else if (fullness !== undefined) refuse(fullness);
    else if ("status" in filter) refuse(filter);
    else {
      const offered = req.getHeader("sec-websocket-protocol").split(",");
      const chosen = offered.some((name) => name.trim() === subprotocol) ? subprotocol : "";
      const extensions = req.getHeader("sec-websocket-extensions");
      res.upgrade<Slot>({ filter }, req.getHeader("sec-websocket-key"), chosen, extensions, context);
    }
  }

  #fullness(): HttpAnswer | undefined {
    if (this.#sockets.size < maxWatchers) return undefined;
    const why = `this node shows itself to ${maxWatchers} of ${maxWatchers} watchers`;
    return failure(503, "overloaded", `Cannot watch: ${why}`);
  }

  #opened(ws: WebSocket<Slot>): void {
    this.#sockets.add(ws);
    const slot = ws.getUserData();
    slot.watcher = new Watcher(ws, (onReady) => this.#options.open(slot.filter, onReady));
  }
}

/** What is asked for, or what to answer to a query that is no filter. */
function filterOf(req: HttpRequest): InspectionFilter | HttpAnswer {
  try {
    return parseInspectionQuery(req.getQuery() ?? "");
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    return failure(400, error.code, error.message);
  }
}
