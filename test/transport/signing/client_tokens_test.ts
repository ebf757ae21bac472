import { SignJWT, UnsecuredJWT } from "jose";
import { expect, test } from "vitest";
import { ClientTokens } from "../../../transport/signing/client_tokens.ts";

const secret = "a secret of the cluster, long enough to sign";
const nowMs = 1_700_000_000_000;
const tokens = new ClientTokens({ secret, now: () => nowMs });

interface SignOptions {
  readonly secret?: string;
  readonly algorithm?: string;
}

/** `exp` and `nbf` in seconds from now. */
function sign(claims: Record<string, unknown>, options: SignOptions = {}): Promise<string> {
  const { exp, nbf, ...rest } = claims as { exp?: number; nbf?: number };
  const jwt = new SignJWT(rest).setProtectedHeader({ alg: options.algorithm ?? "HS256" });
  if (exp !== undefined) jwt.setExpirationTime(nowMs / 1_000 + exp);
  if (nbf !== undefined) jwt.setNotBefore(nowMs / 1_000 + nbf);
  return jwt.sign(new TextEncoder().encode(options.secret ?? secret));
}

test("[CT1] a token that the cluster's secret signed is of who its `sub` names", async () => {
  expect(await tokens.read(await sign({ sub: "ada", exp: 60, nbf: -60 }))).toEqual({ subject: "ada" });
  // Clocks differ.
  expect(await tokens.read(await sign({ sub: "ada", exp: -4, nbf: 4 }))).toEqual({ subject: "ada" });
});

test("[CT2] any other token is of nobody, and it is said why", async () => {
  const obstacle = async (token: string | Promise<string>, of = tokens) => {
    const reading = await of.read(await token);
    return "obstacle" in reading ? reading.obstacle : `of ${reading.subject}`;
  };
  expect(await obstacle(sign({ sub: "ada", exp: -6 }))).toBe("the token has run out");
  expect(await obstacle(sign({ sub: "ada", exp: 60, nbf: 30 }))).toBe("the token is not valid yet");
  expect(await obstacle(sign({ exp: 60 }))).toBe('the token has no "sub"');
  expect(await obstacle(sign({ sub: "ada" }))).toBe('the token has no "exp"');
  expect(await obstacle(sign({ sub: 7, exp: 60 }))).toContain('"sub" of the token');
  expect(await obstacle(sign({ sub: "a".repeat(257), exp: 60 }))).toContain("1 to 256 characters");
  const other = sign({ sub: "ada", exp: 60 }, { secret: "some other secret, as long as the first one" });
  expect(await obstacle(other)).toBe("the token is not signed with the secret of the cluster");
  expect(await obstacle(sign({ sub: "ada", exp: 60 }, { algorithm: "HS512" }))).toBe(
    "the token is not signed by HS256",
  );
  const unsigned = new UnsecuredJWT({ sub: "ada" }).setExpirationTime(nowMs / 1_000 + 60).encode();
  expect(await obstacle(unsigned)).toMatch(/not signed|no JWT/);
  for (const rubbish of ["a.b.c", "eyJ.eyJ.x", ""])
    expect(await obstacle(rubbish)).toBe("the token is no JWT that can be read");
  const alone = new ClientTokens({ secret: undefined, now: () => nowMs });
  expect(await obstacle(sign({ sub: "ada", exp: 60 }), alone)).toContain("without --secret");
});
