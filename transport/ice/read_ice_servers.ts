import Type from "typebox";
import { Compile } from "typebox/compile";
import { ProviderFailure } from "../../actors/fetched_servers.ts";
import type { IceServer } from "../../protocol/ice_server.ts";

const text = Type.String({ maxLength: 512 });
/** What providers give; fields that we do not know are left out. */
const given = Compile(
  Type.Array(
    Type.Object({
      urls: Type.Union([text, Type.Array(text, { maxItems: 16 })]),
      username: Type.Optional(text),
      credential: Type.Optional(text),
    }),
    { maxItems: 16 },
  ),
);

/** Browsers do not ask servers on the port of DNS (Fetch, 2.9), and wait for them. */
const isUsable = (url: string) =>
  /^(?:stun|turns?):[^?\s]+(?:\?transport=(?:udp|tcp))?$/.test(url) && !/:53(?:\?|$)/.test(url);

/** Servers out of a provider's answer, without URLs that no browser uses. @throws {ProviderFailure} where there are none */
export function readIceServers(value: unknown, provider: string): readonly IceServer[] {
  if (!given.Check(value)) throw new ProviderFailure(`${provider} answered with what is no list of ICE servers`);
  const servers = value.flatMap(({ urls, username, credential }): IceServer[] => {
    const usable = [urls].flat().filter(isUsable);
    if (usable.length === 0) return [];
    const login = username === undefined || credential === undefined ? {} : { username, credential };
    return [{ urls: usable, ...login }];
  });
  if (servers.length === 0) throw new ProviderFailure(`${provider} answered without a server that can be used`);
  return servers;
}
