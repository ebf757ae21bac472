import { expect, test } from "vitest";
import { AdminAccess, type AdminRequest } from "../../../transport/edge/admin_access.ts";

const here: AdminRequest = {
  remoteAddress: "127.0.0.1",
  isChange: false,
  host: "127.0.0.1:8080",
  origin: "",
  authorization: "",
  isForwarded: false,
  subprotocols: "",
  queryToken: null,
};
const token = "0123456789abcdef";

function open(adminToken?: string) {
  const refused: [string, number][] = [];
  const access = new AdminAccess({
    token: adminToken,
    onRefused: ({ code }, { count }) => refused.push([code, count]),
  });
  return { refused, check: (request: Partial<AdminRequest>) => access.check({ ...here, ...request })?.status };
}

test("[IN15] without a token this machine is let in, by whatever name it calls itself", () => {
  const { check, refused } = open();
  const requests: Partial<AdminRequest>[] = [
    {},
    { remoteAddress: "::1", host: "[::1]:8080" },
    { host: "localhost", origin: "http://localhost:3000" },
    { host: "app.localhost:1", origin: "http://127.0.0.2" },
    { origin: "http://[::1]:8080" },
    { host: "0.0.0.0:8080", origin: "http://0.0.0.0:8080" },
    { host: "[::]:8080" },
    { isChange: true },
    { isChange: true, origin: "http://127.0.0.1:8080" },
    { isChange: true, host: "localhost", origin: "https://localhost" },
  ];
  expect(requests.map(check)).toEqual(requests.map(() => undefined));
  expect(refused).toEqual([]);
});

test("[IN15] without a token nobody else is let in: not through a proxy, not a page of elsewhere, not by a name of elsewhere that leads here", () => {
  const { check, refused } = open();
  const requests: Partial<AdminRequest>[] = [
    { remoteAddress: "192.0.2.1" },
    { remoteAddress: "192.0.2.1", host: "0.0.0.0:8080" },
    { isForwarded: true },
    { origin: "https://example.com" },
    { origin: "null" },
    { isChange: true, origin: "null" },
    { isChange: true, origin: "http://127.0.0.1:3000" },
    { isChange: true, origin: "http://localhost:8080" },
    { host: "signalbox.example.com" },
    { host: "127.0.0.1.example.com" },
    { host: "" },
    { origin: "http://localhost.example.com" },
    { remoteAddress: "192.0.2.1", authorization: `Bearer ${token}` },
  ];
  expect(requests.map(check)).toEqual(requests.map(() => 403));
  expect(refused.at(-1)).toEqual(["forbidden", requests.length]);
});

test("[IN15] with a token whoever has it is let in, from anywhere, by a header, a subprotocol or the query", () => {
  const { check } = open(token);
  const far = { remoteAddress: "192.0.2.1", host: "signalbox.example.com", isForwarded: true } as const;
  const subprotocols = `signalbox.inspect, bearer.${Buffer.from(token).toString("base64url")}`;
  const good = [{ authorization: `bearer ${token}` }, { subprotocols }, { queryToken: token }];
  expect(good.map((with_) => check({ ...far, ...with_ }))).toEqual([undefined, undefined, undefined]);
});

test("[IN15] with a token nobody is let in without it, this machine neither", () => {
  const { check, refused } = open(token);
  const bad: Partial<AdminRequest>[] = [
    {},
    { authorization: token },
    { authorization: `Bearer ${token}x` },
    { authorization: `Basic ${token}` },
    { subprotocols: `bearer.${token}` },
    { queryToken: "" },
    { authorization: "Bearer wrong", queryToken: token },
  ];
  expect(bad.map(check)).toEqual(bad.map(() => 401));
  expect(refused).toEqual(bad.map((_, index) => ["unauthorized", index + 1]));
});
