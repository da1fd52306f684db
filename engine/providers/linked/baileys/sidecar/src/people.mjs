// Questions to WhatsApp about people and groups.

import { getBinaryNodeChild, getBinaryNodeChildren } from "@whiskeysockets/baileys";
import { isHidden, isPhone, phoneJid, plain, PHONES } from "./addresses.mjs";

const SERVER = PHONES;

/** `[{phone, jid, lid, exists}]`, in the order asked. */
export async function resolve(sock, phones) {
  const digits = phones.map((phone) => String(phone).replace(/\D/g, ""));
  const answered = new Map((await look(sock, digits)).map((found) => [found.digits, found]));
  return phones.map((phone, index) => {
    const { jid = null, lid = null, exists = false } = answered.get(digits[index]) ?? {};
    return { phone, jid, lid, exists };
  });
}

async function look(sock, digits) {
  const users = digits.map((each) => node("user", {}, [node("contact", {}, Buffer.from(`+${each}`))]));
  const asked = node("query", {}, [node("contact"), node("lid")]);
  const attrs = {
    context: "interactive",
    mode: "query",
    sid: sock.generateMessageTag(),
    last: "true",
    index: "0",
  };
  const usync = node("usync", attrs, [asked, node("list", {}, users)]);
  const answer = await sock.query(node("iq", { to: SERVER, type: "get", xmlns: "usync" }, [usync]));
  const list = getBinaryNodeChild(getBinaryNodeChild(answer, "usync"), "list");
  const found = getBinaryNodeChildren(list, "user").map(described).filter(Boolean);
  const pairs = found.filter(({ lid, jid }) => lid && jid).map(({ lid, jid }) => ({ lid, pn: jid }));
  await sock.signalRepository.lidMapping.storeLIDPNMappings(pairs);
  return found;
}

function described(user) {
  const contact = getBinaryNodeChild(user, "contact");
  if (!contact?.content) return null;
  const digits = Buffer.from(contact.content).toString("utf8").split("@")[0].replace(/\D/g, "");
  const exists = contact.attrs.type === "in";
  const { jid: address, pn_jid: phone } = user.attrs;
  const lid = getBinaryNodeChild(user, "lid")?.attrs.val ?? (isHidden(address) ? address : null);
  const jid = [address, phone].find(isPhone) ?? phoneJid(digits);
  return exists ? { digits, exists, jid: plain(jid), lid: plain(lid) } : { digits, exists };
}

export async function lidFor(sock, phone) {
  const jid = isPhone(phone) ? phone : phoneJid(phone);
  return plain(await sock.signalRepository.lidMapping.getLIDForPN(jid));
}

export async function phoneFor(sock, lid) {
  return plain(await sock.signalRepository.lidMapping.getPNForLID(lid));
}

export async function describeGroup(groups, jid) {
  const { subject, participants } = await groups.describe(jid);
  const members = participants.map(({ id, lid, phoneNumber, admin }) => {
    const forms = [id, lid, phoneNumber].filter(Boolean).map(plain);
    const phone = forms.find(isPhone) ?? null;
    return { jid: plain(id), lid: forms.find(isHidden) ?? null, phone, is_admin: Boolean(admin) };
  });
  return { subject, members };
}

function node(tag, attrs = {}, content = undefined) {
  return { tag, attrs, content };
}
