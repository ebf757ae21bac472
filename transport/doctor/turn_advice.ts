import type { IceFailure } from "../ice/ice_failure.ts";
import { failed, type Outcome } from "./check.ts";
import type { TurnTarget } from "./turn_target.ts";

/** What a TURN server's refusals mean, and what to do (RFC 8656, 19; RFC 8489, 14.8). */
const refusals: Readonly<Record<string, readonly [meaning: string, advice: string]>> = {
  "300": ["it sends us to another server", "Name that server in the URL: not every client follows."],
  "400": ["it takes our request for malformed", "Is it a TURN server at all? It may speak STUN only."],
  "401": [
    "it asks for credentials without saying how",
    "Check its realm and its kind of authentication: clients know long-term credentials only.",
  ],
  "403": ["it forbids it", "Look at what it allows: allowed-peer-ip, denied-peer-ip, and who may use it."],
  "437": ["it takes two requests of us for one", "Run this again; if it stays, something between rewrites ports."],
  "438": [
    "it says that its nonce is stale, again and again",
    "If several servers share the address, each client has to stay at one of them.",
  ],
  "440": ["it has no addresses of this family", "Give it one (relay-ip), or use another server."],
  "441": [
    "it has our allocation under other credentials",
    "Run this again; if it stays, something between rewrites ports.",
  ],
  "442": ["it relays no UDP", "Switch UDP relaying on (coturn: without no-udp-relay)."],
  "486": [
    "the quota of this user is used up",
    "Raise it (coturn: user-quota, total-quota), or wait until what is left behind has ended: up to 10 minutes.",
  ],
  "500": ["it has a fault", "Look at its log."],
  "508": ["it has no ports left for relays", "Widen its range (coturn: min-port, max-port), or take load off it."],
};

/** Why a URL of a TURN server does not work, in words. */
export function judgeTurnFailure(failure: IceFailure, target: TurnTarget): Outcome {
  const facts = { step: failure.step, code: failure.code };
  const [saw, advice] = explain(failure, target);
  return failed(saw, advice, facts);
}

function explain(failure: IceFailure, target: TurnTarget): readonly [saw: string, advice: string] {
  const { step, code } = failure;
  const { host, port, transport } = target.url;
  const place = `${host} port ${port}`;
  if (step === "resolve") {
    return [`${host} does not resolve (${code})`, "Check the name in --ice-servers, and DNS on this machine."];
  }
  if (step === "connect") return explainConnect(failure, target);
  if (code === "ECONNREFUSED") {
    return [
      `nothing listens at ${place} (${transport.toUpperCase()})`,
      "Start the TURN server, or correct the port in the URL.",
    ];
  }
  if (code === "TIMEOUT") {
    return [
      `no answer from ${place} over ${transport.toUpperCase()} within 3 s (${step})`,
      `Check that the server runs, and that firewalls let ${transport === "udp" ? "UDP" : "TCP"} to it out and its answers in.`,
    ];
  }
  if (code === "ECONNRESET")
    return [
      `${place} hung up (${step})`,
      "Is it a TURN server? Something else may listen there, or it may want TLS (turns:).",
    ];
  if (code === "401" && failure.isAfterCredentials) return explainRefusedLogin(target);
  const [meaning, advice] = refusals[code] ?? ["it refuses", "Look at its log."];
  const reason = failure.reason === "" ? "" : ` ${failure.reason}`;
  const { alternate } = failure;
  const elsewhere = alternate === undefined ? "" : `: ${alternate.address} port ${alternate.port}`;
  return [`${step} refused with ${code}${reason}: ${meaning}${elsewhere}`, advice];
}

function explainConnect({ code }: IceFailure, { url }: TurnTarget): readonly [saw: string, advice: string] {
  const { host, port, transport } = url;
  const place = `${host} port ${port}`;
  switch (code) {
    case "ECONNREFUSED":
      return [
        `nothing listens at ${place} (TCP)`,
        `Start the TURN server with a ${transport === "tls" ? "tls-listening-port" : "TCP listener"}, or correct the port in the URL.`,
      ];
    case "TIMEOUT":
      return [
        `${place} does not take TCP connections within 4 s`,
        "Open the port for TCP in the server's firewall; check that it runs.",
      ];
    case "ENETUNREACH":
    case "EHOSTUNREACH":
      return [`no way to ${place} (${code})`, "Check this machine's network and routes; it may lack IPv6."];
    default:
      return transport === "tls"
        ? [
            `no TLS at ${place} (${code === "TLS-TIMEOUT" ? "it takes the connection, and does not shake hands" : code})`,
            "Is it the port of TLS (coturn: tls-listening-port, with cert and pkey)? Without TLS the URL begins with turn:.",
          ]
        : [`no connection to ${place} (${code})`, "Check that the server runs, and what listens on that port."];
  }
}

function explainRefusedLogin({ source, place }: TurnTarget): readonly [saw: string, advice: string] {
  const saw = "it refuses our credentials (401)";
  switch (source) {
    case "turn-rest":
      return [
        saw,
        `The first of "secrets" of [${place}] has to be a static-auth-secret of the server (use-auth-secret); or the server's clock is off by more than ttl: see "clock".`,
      ];
    case "static":
      return [
        saw,
        `Compare username and credential of [${place}] with the server's users (coturn: user=name:password, lt-cred-mech).`,
      ];
    default:
      return [
        saw,
        "The provider gave credentials that its servers do not take: look at its status page, and whether the account may relay.",
      ];
  }
}

const ownAuthority =
  "Of an authority of your own: NODE_EXTRA_CA_CERTS=ca.pem has this program trust it; browsers have to, too.";

/** What Node says of a certificate, in words. */
const certificateFaults: Readonly<Record<string, readonly [saw: string, advice: string]>> = {
  CERT_HAS_EXPIRED: ["its certificate has expired", "Renew it, and have the server read it again."],
  CERT_NOT_YET_VALID: ["its certificate is not valid yet", "Check the clocks of this machine and of who made it."],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "its certificate is for others",
    "Use a name of the certificate in the URL, or have one made for this name.",
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    "its certificate is signed by itself",
    "No browser takes it: have one made by an authority (Let's Encrypt).",
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "nobody here knows who signed its certificate",
    `Of a public authority: give the server the full chain (fullchain.pem) instead of the certificate alone. ${ownAuthority}`,
  ],
};

/** A certificate that browsers do not take. */
export function judgeCertificateFault(
  fault: string,
  { host, names, issuer }: { readonly host: string; readonly names: string; readonly issuer: string },
): Outcome {
  const [saw, advice] = certificateFaults[fault] ?? [`its certificate is not trusted here (${fault})`, ownAuthority];
  const whom = fault === "ERR_TLS_CERT_ALTNAME_INVALID" ? `, not for ${host}` : "";
  return failed(`${saw}: for ${names}${whom}, signed by ${issuer}`, advice, { step: "certificate", code: fault });
}
