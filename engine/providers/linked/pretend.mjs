// Leads the second engine's WhatsApp library to the simulator: `node --import …/pretend.mjs HOST` in the
// environment that `engine.providers.linked.pretend` gives. Why nobody real comes here is told there.
//
// Every TLS connection goes through the simulator's proxy, which refuses any host that is not WhatsApp's, and
// believes in its authority. The root of the handshake's certificates is a constant of the library, made
// from this hex text once: it is changed as it is made. A simulator that is gone comes back with other ports
// and keys: only a new host is told of them, so this one ends.

import { readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { Duplex } from "node:stream";
import tls from "node:tls";

const GENUINE = "142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b";
const THIS_MACHINE = "127.0.0.1";
/** How a process ends that failed, as our hosts say it. */
const FAILED = 4;
const REFUSALS = 3;
const { HTTPS_PROXY, SSL_CERT_FILE, WHATSAPP_ROOT } = process.env;
const proxy = new URL(HTTPS_PROXY);
if (proxy.hostname !== THIS_MACHINE) process.exit(FAILED);
let refused = 0;

const from = Buffer.from;
Buffer.from = (first, ...more) => from.call(Buffer, first === GENUINE ? WHATSAPP_ROOT : first, ...more);

const connect = tls.connect;
tls.connect = (...given) => {
  const options = given.find((each) => each && typeof each === "object") ?? {};
  const done = given.find((each) => typeof each === "function");
  const host = options.servername || options.host || options.hostname;
  const led = { ...options, servername: host, ca: readFileSync(SSL_CERT_FILE), socket: tunnel(host) };
  return connect.call(tls, led, done);
};
syncBuiltinESMExports();

/** A socket whose bytes flow once the proxy has said yes. */
function tunnel(host) {
  const socket = net.connect(Number(proxy.port), THIS_MACHINE);
  socket.once("connect", () => (refused = 0));
  socket.setNoDelay(true);
  let heard = Buffer.alloc(0);
  let opened;
  const isOpen = new Promise((resolve) => (opened = resolve));
  const pipe = new Duplex({
    read: () => socket.resume(),
    write: (chunk, _, done) => void isOpen.then(() => socket.write(chunk, () => done())),
    final: (done) => void isOpen.then(() => socket.end(() => done())),
    destroy: (error, done) => (socket.destroy(), done(error)),
  });
  const flow = (chunk) => pipe.push(chunk) || socket.pause();
  socket.on("data", function head(chunk) {
    heard = Buffer.concat([heard, chunk]);
    const end = heard.indexOf("\r\n\r\n");
    if (end < 0) return;
    if (!heard.toString("latin1").startsWith("HTTP/1.1 200"))
      return void pipe.destroy(new Error("refused by the proxy"));
    socket.off("data", head).on("data", flow);
    if (heard.length > end + 4) flow(heard.subarray(end + 4));
    opened();
  });
  socket.on("end", () => pipe.push(null));
  socket.on("error", (error) => {
    if (error.code === "ECONNREFUSED" && ++refused >= REFUSALS) process.exit(FAILED);
    pipe.destroy(error);
  });
  socket.on("close", () => pipe.destroyed || pipe.push(null));
  socket.write(`CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`);
  return pipe;
}
