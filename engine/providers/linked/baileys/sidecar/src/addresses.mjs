// WhatsApp's addresses: of people by phone or by hidden id, and of groups.

import { areJidsSameUser, isJidBroadcast, isJidNewsletter, jidNormalizedUser } from "@whiskeysockets/baileys";

export const PHONES = "s.whatsapp.net";

export const isGroup = (jid) => Boolean(jid?.endsWith("@g.us"));
export const isPhone = (jid) => Boolean(jid?.endsWith(`@${PHONES}`));
export const isHidden = (jid) => Boolean(jid?.endsWith("@lid"));

/** Chats of one to many, which no shop answers. */
export const isIgnored = (jid) => Boolean(isJidBroadcast(jid) || isJidNewsletter(jid));

/** Without the number of a device. */
export const plain = (jid) => (!jid ? null : isGroup(jid) ? jid : jidNormalizedUser(jid) || null);

export const phoneJid = (phone) => `${String(phone).replace(/\D/g, "")}@${PHONES}`;

/** Whether an address is one of ours. */
export function isOwn(jid, me) {
  return Boolean(jid && me && (areJidsSameUser(jid, me.id) || areJidsSameUser(jid, me.lid)));
}

export const isoSeconds = (seconds) => new Date(Number(seconds) * 1000).toISOString();
