// Stanzas and messages of the library as the engine's events: no side effects.

import { getBinaryNodeChild, getBinaryNodeChildren, toNumber } from "@whiskeysockets/baileys";
import { isGroup, isIgnored, isoSeconds, isOwn, plain } from "./addresses.mjs";

const RECEIPTS = { "": "delivered", inactive: "delivered", read: "read", played: "played" };

/** What a message says of itself, beside what is written in it. */
export function envelope(message, origin, me) {
  const { key } = message;
  const group = isGroup(key.remoteJid);
  const own = key.remoteJid?.endsWith("@lid") ? me?.lid : me?.id;
  const sender = group ? key.participant : key.fromMe ? own : key.remoteJid;
  return {
    id: key.id,
    chat: plain(key.remoteJid),
    chat_alt: group ? null : plain(key.remoteJidAlt),
    sender: plain(sender),
    sender_alt: plain(group ? key.participantAlt : key.fromMe ? null : key.remoteJidAlt),
    from_me: Boolean(key.fromMe),
    at: isoSeconds(toNumber(message.messageTimestamp)),
    name: key.fromMe ? null : message.pushName || message.verifiedBizName || null,
    origin,
  };
}

/** A receipt of somebody else for messages of ours; null for what only our own devices tell each other. */
export function receiptOf({ attrs, content }, me) {
  const kind = RECEIPTS[attrs.type ?? ""];
  const sender = attrs.participant ?? attrs.from;
  if (!kind || attrs.recipient || isOwn(sender, me) || isIgnored(attrs.from)) return null;
  const list = Array.isArray(content) ? content[0] : null;
  const more = list ? getBinaryNodeChildren(list, "item").map((item) => item.attrs.id) : [];
  const at = isoSeconds(attrs.t ?? Date.now() / 1000);
  return { chat: plain(attrs.from), sender: plain(sender), ids: [attrs.id, ...more], kind, at };
}

/** Events of what the server tells by itself. */
export function noticesOf(node) {
  const { type, from } = node.attrs;
  if (type === "encrypt" && getBinaryNodeChild(node, "identity")) return [["identity", { jid: plain(from) }]];
  if (type === "w:gp2") return groupNotices(node);
  if (type === "mex") return restrictionsIn(getBinaryNodeChild(node, "update"));
  return [];
}

export const asksForPasskey = (node) => Boolean(node.attrs.type?.startsWith("passkey"));

function groupNotices(node) {
  const renamed = getBinaryNodeChild(node, "subject")?.attrs.subject;
  const made = getBinaryNodeChild(getBinaryNodeChild(node, "create"), "group")?.attrs.subject;
  const subject = renamed ?? made;
  return subject ? [["group", { jid: node.attrs.from, subject }]] : [];
}

function restrictionsIn(update) {
  if (update?.attrs.op_name !== "NotificationUserReachoutTimelockUpdate") return [];
  const lock = lockIn(update.content);
  return lock ? [["restriction", { kind: "reachout", until: untilOf(lock) }]] : [];
}

function lockIn(content) {
  try {
    return (
      JSON.parse(Buffer.from(content).toString("utf8")).data?.xwa2_notify_account_reachout_timelock ?? null
    );
  } catch {
    return null;
  }
}

/** A lock that was taken off ends now; the end of another may be unknown. */
function untilOf({ is_active: isActive, time_enforcement_ends: ends }) {
  if (!isActive) return new Date().toISOString();
  return Number(ends) > 0 ? isoSeconds(ends) : null;
}
