// Holds one WhatsApp number with Baileys, for the engine that started this process.

import "./quiet.mjs";
import { Acks } from "./acks.mjs";
import { Arrivals } from "./arrivals.mjs";
import { Auth } from "./auth.mjs";
import { commandsOf, obeying } from "./commands.mjs";
import { Files } from "./files.mjs";
import { Groups } from "./groups.mjs";
import { History } from "./history.mjs";
import { libraryLogger, RingLog } from "./log.mjs";
import { Outbox } from "./outbox.mjs";
import { Parent } from "./parent.mjs";
import { Records } from "./records.mjs";
import { Repeats } from "./repeats.mjs";
import { Seal } from "./seal.mjs";
import { Seen } from "./seen.mjs";
import { Sending } from "./sending.mjs";
import { Sent } from "./sent.mjs";
import { Session } from "./session.mjs";
import { restoreChecks } from "./trust.mjs";

/** Replaced by the build with the version of the library in the bundle. */
const VERSION = typeof LIBRARY_VERSION === "undefined" ? "unknown" : LIBRARY_VERSION;

let log = null;

/** Something that must not be went wrong: what is durable stays, and a new process goes on from there. */
function fail(error) {
  log?.error("ended", error);
  process.exit(1);
}

process.on("uncaughtException", fail);
// The library leaves promises alone when a connection ends under them.
process.on("unhandledRejection", (error) => log?.error("nobody waited", error));
process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));

async function assemble(parent, hello) {
  const logger = libraryLogger(log);
  const seal = new Seal(hello.session_id, hello.key);
  const records = new Records(parent, seal);
  const outbox = new Outbox(records, parent);
  const auth = new Auth(records, outbox);
  const [sent, seen, acks, groups, files] = [
    new Sent(records),
    new Seen(records),
    new Acks(),
    new Groups(),
    new Files(seal),
  ];
  const shared = { records, outbox, parent, auth, sent, seen, acks, groups, log, logger, files: files.refer };
  const history = new History({ ...shared, wanted: hello.history });
  const arrivals = new Arrivals({ ...shared, history, passkey: () => session.passkey() });
  const session = new Session({ ...shared, arrivals });
  const sending = (session.sending = new Sending({ ...shared, session }));
  arrivals.repeats = new Repeats({ ...shared, session, sending });
  await Promise.all([auth.open(), outbox.open(), sent.open()]);
  return { session, sending, groups, files, outbox, history };
}

async function main() {
  let parts = null;
  const parent = new Parent({
    obey: (name, given) => obeying(parts.commands)(name, given),
    acknowledged: (seq) => parts.outbox.acknowledge(seq),
    fail,
    note: (text, error) => log.error(text, error),
  });
  parent.listen(process.stdin);
  const hello = await parent.hello;
  log = new RingLog(hello.folder);
  log.info(`started, epoch ${hello.epoch}, library ${VERSION}`);
  // The library puts encrypted files, and voices it measures, into the folder for temporary ones.
  process.env.TMPDIR = process.env.TEMP = process.env.TMP = hello.folder;
  restoreChecks();
  parts = await assemble(parent, hello);
  parts.commands = commandsOf({ ...parts, leave: () => leave(parts.session) });
  parent.ready({ engine: "baileys", version: VERSION, repeats: true });
  parts.outbox.tell();
  await parts.history.open();
}

/** Answered first, and then gone. */
async function leave(session) {
  await session.close();
  setTimeout(() => process.exit(0), 50);
}

await main();
