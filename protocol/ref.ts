import Type, { type Static } from "typebox";

/** What ties a request to its reply or error: a string of up to 128 characters or a number. */
export const Ref = Type.Union([Type.String({ maxLength: 128 }), Type.Number()]);
export type Ref = Static<typeof Ref>;
