// What the engine may ask for, by its name.

import { isGroup } from "./addresses.mjs";
import { describeGroup, lidFor, phoneFor, resolve } from "./people.mjs";
import { notConnected, Refusal } from "./refusal.mjs";

export function commandsOf({ session, sending, groups, files, leave }) {
  const sock = () => {
    if (!session.isOpen) throw notConnected();
    return session.sock;
  };
  return {
    link_qr: () => session.begin("qr"),
    link_code: ({ phone }) => session.begin("code", phone),
    connect: () => session.begin("connect"),
    logout: () => session.logOut(),
    stop: leave,
    health: () => ({ phase: session.phase, memory: process.memoryUsage().rss, uptime: process.uptime() }),
    send: (given) => sending.send(given),
    settle: (given) => sending.settle(given),
    react: (given) => sending.react(given),
    edit: (given) => sending.edit(given),
    revoke: (given) => sending.revoke(given),
    mark_read: (given) => markRead(sock(), given),
    typing: ({ chat, on, state }) => sock().sendPresenceUpdate(on ? (state ?? "composing") : "paused", chat),
    presence: ({ on }) => sock().sendPresenceUpdate(on ? "available" : "unavailable"),
    resolve: ({ phones }) => resolve(sock(), phones),
    lid_for: ({ phone }) => lidFor(sock(), phone),
    phone_for: ({ lid }) => phoneFor(sock(), lid),
    group: ({ jid }) => (sock(), describeGroup(groups, jid)),
    download: (given) => files.download(sock(), given),
    picture: ({ jid }) => picture(sock(), jid),
  };
}

/** `obey(command, arguments)` of a set of commands. */
export function obeying(commands) {
  return async (name, given) => {
    if (!Object.hasOwn(commands, name)) throw new Refusal("unknown", "This engine does not know the command");
    return commands[name](given);
  };
}

async function markRead(sock, { chat, ids, sender }) {
  const participant = isGroup(chat) ? sender : undefined;
  const keys = ids.map((id) => ({ remoteJid: chat, id, fromMe: false, participant }));
  const { readreceipts } = await sock.fetchPrivacySettings();
  // Who hides that they read tells it to their own devices alone.
  await sock.sendReceipts(keys, readreceipts === "none" ? "read-self" : "read");
}

async function picture(sock, jid) {
  const url = await sock.profilePictureUrl(jid, "preview").catch(() => null);
  return url ? { url } : null;
}
