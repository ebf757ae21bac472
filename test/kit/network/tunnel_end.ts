import { connect, type Server } from "node:net";

// The end of a tunnel inside of a namespace: takes a socket that listens outside, and connects each that comes to a port in here.

const port = Number(process.argv[2]);

process.on("message", (_message, server: Server) => {
  server.on("connection", (outside) => {
    const inside = connect(port, "127.0.0.1");
    outside.pipe(inside).pipe(outside);
    outside.on("error", () => inside.destroy());
    inside.on("error", () => outside.destroy());
  });
  process.send?.("listening");
});
process.on("disconnect", () => process.exit());
