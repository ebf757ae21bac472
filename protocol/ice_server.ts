import Type, { type Static } from "typebox";

const url = Type.String({ maxLength: 512 });

/** `RTCIceServer` (W3C WebRTC 4.2.4), every string bounded; what its URLs may be is checked where they enter. */
export const IceServer = Type.Object(
  {
    urls: Type.Union([url, Type.Array(url, { minItems: 1, maxItems: 16 })]),
    username: Type.Optional(Type.String({ maxLength: 512 })),
    credential: Type.Optional(Type.String({ maxLength: 512 })),
  },
  { additionalProperties: false },
);
/** One STUN or TURN server, or several that share a credential. */
export type IceServer = Readonly<Static<typeof IceServer>>;
