// What people write, from the library's words into the engine's.

import { jidNormalizedUser, normalizeMessageContent, proto } from "@whiskeysockets/baileys";

const { Type: Protocol } = proto.Message.ProtocolMessage;

const FILES = {
  imageMessage: ["image", "image"],
  videoMessage: ["video", "video"],
  ptvMessage: ["video", "video"],
  audioMessage: ["audio", "audio"],
  documentMessage: ["document", "document"],
  stickerMessage: ["sticker", "sticker"],
};

/** Parts that no person sees: keys, settings, votes, and messages for other devices of ours. */
const UNSEEN = new Set([
  "senderKeyDistributionMessage", "fastRatchetKeySenderKeyDistributionMessage", "messageContextInfo",
  "protocolMessage", "pollUpdateMessage", "keepInChatMessage", "pinInChatMessage", "encReactionMessage",
  "encCommentMessage", "encEventResponseMessage", "secretEncryptedMessage", "albumMessage",
  "stickerSyncRmrMessage", "botInvokeMessage", "chat", "call", "placeholderMessage",
]);

const READERS = {
  conversation: (text) => ({ kind: "text", text }),
  extendedTextMessage: ({ text }) => ({ kind: "text", text: text ?? "" }),
  locationMessage: readPlace,
  liveLocationMessage: readPlace,
  contactMessage: (card) => readCards([card]),
  contactsArrayMessage: ({ contacts }) => readCards(contacts ?? []),
  reactionMessage: ({ key, text }) => ({
    kind: "reaction",
    text: text ?? "",
    payload: { message_id: key?.id, emoji: text ?? "" },
  }),
  buttonsResponseMessage: (said) => readButton(said.selectedButtonId, said.selectedDisplayText),
  templateButtonReplyMessage: (said) => readButton(said.selectedId, said.selectedDisplayText),
  listResponseMessage: (said) => ({
    kind: "interactive",
    text: said.title ?? "",
    payload: { id: said.singleSelectReply?.selectedRowId, title: said.title },
  }),
  interactiveResponseMessage: ({ body, nativeFlowResponseMessage: flow }) => ({
    kind: "interactive",
    text: body?.text ?? "",
    payload: { name: flow?.name, response_json: flow?.paramsJson },
  }),
  orderMessage: ({ orderId, orderTitle, itemCount, message }) => ({
    kind: "order",
    text: message ?? "",
    payload: { order_id: orderId, title: orderTitle, items: itemCount },
  }),
};

/**
 * Kind, text and what belongs to it; null when there is nothing for a person to see. `sealFile` makes of a
 * file's whereabouts the reference that `download` takes back.
 */
export function readLetter(message, sealFile) {
  const content = normalizeMessageContent(message);
  if (!content) return null;
  if (content.protocolMessage) return readChange(content.protocolMessage);
  const [part, inside] = firstPart(content);
  if (!part) return null;
  const letter = { text: "", payload: {}, ...readPart(part, inside, sealFile), ...readContext(inside?.contextInfo) };
  if (inside?.contextInfo?.isForwarded) letter.payload = { ...letter.payload, forwarded: true };
  return letter;
}

function firstPart(content) {
  const found = Object.entries(content).find(([name, value]) => isThere(value) && !UNSEEN.has(name));
  return found ?? [null, null];
}

const isThere = (value) => value !== null && value !== undefined && value !== "";

function readPart(part, inside, sealFile) {
  if (FILES[part]) return readFile(part, inside, sealFile);
  const reader = READERS[part];
  return reader ? reader(inside) : { kind: "unsupported", payload: { type: part } };
}

function readFile(part, file, sealFile) {
  const [kind, type] = FILES[part];
  const media = {
    ref: sealFile({ part, type, key: base64(file.mediaKey), path: file.directPath, url: file.url, sha256: base64(file.fileSha256) }),
    mime: file.mimetype || null,
    sha256: file.fileSha256?.length ? Buffer.from(file.fileSha256).toString("hex") : null,
    filename: file.fileName || null,
    voice: Boolean(file.ptt),
  };
  return { kind, text: file.caption ?? "", media };
}

function readPlace({ degreesLatitude, degreesLongitude, name, address, caption }) {
  const payload = { latitude: degreesLatitude, longitude: degreesLongitude };
  if (name) payload.name = name;
  if (address) payload.address = address;
  return { kind: "location", text: [name, address].filter(Boolean).join(", ") || caption || "", payload };
}

function readCards(cards) {
  const contacts = cards.map(({ displayName, vcard }) => ({ name: { formatted_name: displayName ?? "" }, vcard }));
  const text = contacts.map((card) => card.name.formatted_name).filter(Boolean).join(", ");
  return { kind: "contacts", text, payload: { contacts } };
}

function readButton(id, text) {
  return { kind: "button", text: text ?? "", payload: { id, text } };
}

function readChange({ type, key, editedMessage }) {
  if (type === Protocol.REVOKE) return { kind: "revoke", text: "", payload: { original_message_id: key?.id } };
  if (type !== Protocol.MESSAGE_EDIT) return null;
  const now = readLetter(editedMessage, () => null);
  return { kind: "edit", text: now?.text ?? "", payload: { original_message_id: key?.id } };
}

function readContext(context) {
  if (!context) return {};
  const found = {};
  if (context.stanzaId) found.reply_to = context.stanzaId;
  if (context.mentionedJid?.length) found.mentions = context.mentionedJid.map(jidNormalizedUser);
  return found;
}

function base64(bytes) {
  return bytes?.length ? Buffer.from(bytes).toString("base64") : null;
}
