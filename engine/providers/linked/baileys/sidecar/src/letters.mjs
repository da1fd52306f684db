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
  "senderKeyDistributionMessage",
  "fastRatchetKeySenderKeyDistributionMessage",
  "messageContextInfo",
  "protocolMessage",
  "pollUpdateMessage",
  "keepInChatMessage",
  "pinInChatMessage",
  "encReactionMessage",
  "encCommentMessage",
  "encEventResponseMessage",
  "secretEncryptedMessage",
  "albumMessage",
  "stickerSyncRmrMessage",
  "botInvokeMessage",
  "chat",
  "call",
  "placeholderMessage",
]);

const POLLS = [
  "pollCreationMessage",
  "pollCreationMessageV2",
  "pollCreationMessageV3",
  "pollCreationMessageV5",
];
/** Longer texts are cut: nobody reads them, and no column holds them. */
const LONGEST = 65_536;

/** No zero bytes, which no database takes, and an end. */
const clean = (text) =>
  String(text ?? "")
    .replaceAll("\u0000", "")
    .slice(0, LONGEST);

const READERS = {
  conversation: (text) => ({ kind: "text", text: clean(text) }),
  extendedTextMessage: ({ text }) => ({ kind: "text", text: clean(text) }),
  ...Object.fromEntries(POLLS.map((part) => [part, readPoll])),
  locationMessage: readPlace,
  liveLocationMessage: readPlace,
  contactMessage: (card) => readCards([card]),
  contactsArrayMessage: ({ contacts }) => readCards(contacts ?? []),
  reactionMessage: ({ key, text }) => ({
    kind: "reaction",
    text: clean(text),
    payload: { message_id: key?.id, emoji: clean(text), from_me: Boolean(key?.fromMe) },
  }),
  buttonsResponseMessage: (said) => readButton(said.selectedButtonId, said.selectedDisplayText),
  templateButtonReplyMessage: (said) => readButton(said.selectedId, said.selectedDisplayText),
  listResponseMessage: (said) => ({
    kind: "interactive",
    text: clean(said.title),
    payload: {
      type: "list_reply",
      id: clean(said.singleSelectReply?.selectedRowId),
      title: clean(said.title),
    },
  }),
  interactiveResponseMessage: ({ body, nativeFlowResponseMessage: flow }) => ({
    kind: "interactive",
    text: clean(body?.text),
    payload: { name: flow?.name, response_json: flow?.paramsJson },
  }),
  orderMessage: ({ orderId, orderTitle, itemCount, message }) => ({
    kind: "order",
    text: clean(message),
    payload: { id: orderId, title: clean(orderTitle), item_count: itemCount },
  }),
};

const EMPTY = { text: "", reply_to: null, media: null, payload: {}, mentions: [] };

/**
 * Kind, text and what belongs to it; null when there is nothing for a person to see. `sealFile` makes of a
 * file's whereabouts the reference that `download` takes back.
 */
export function readLetter(message, sealFile) {
  const normal = normalizeMessageContent(message);
  const content = normalizeMessageContent(
    normal?.lottieStickerMessage?.message ?? normal?.groupMentionedMessage?.message ?? normal,
  );
  if (!content) return null;
  if (content.protocolMessage) return readChange(content.protocolMessage, sealFile);
  const [part, inside] = firstPart(content);
  if (!part) return null;
  const letter = { ...EMPTY, ...readPart(part, inside, sealFile), ...readContext(inside?.contextInfo) };
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
    ref: sealFile({
      type,
      key: base64(file.mediaKey),
      path: file.directPath,
      url: file.url,
      sha256: base64(file.fileSha256),
    }),
    mime: file.mimetype || null,
    sha256: file.fileSha256?.length ? Buffer.from(file.fileSha256).toString("hex") : null,
    filename: clean(file.fileName || file.title) || null,
    voice: Boolean(file.ptt),
  };
  return { kind, text: clean(file.caption), media };
}

function readPlace({ degreesLatitude, degreesLongitude, name, address, caption }) {
  const payload = { latitude: degreesLatitude, longitude: degreesLongitude };
  if (name) payload.name = clean(name);
  if (address) payload.address = clean(address);
  const said = [payload.name, payload.address].filter(Boolean).join(", ");
  return { kind: "location", text: said || clean(caption), payload };
}

function readCards(cards) {
  const contacts = cards.map(({ displayName, vcard }) => ({
    name: { formatted_name: clean(displayName) },
    vcard: clean(vcard),
  }));
  const text = contacts
    .map((card) => card.name.formatted_name)
    .filter(Boolean)
    .join(", ");
  return { kind: "contacts", text, payload: { contacts } };
}

function readButton(id, text) {
  return { kind: "button", text: clean(text), payload: { payload: clean(id) } };
}

function readPoll({ name, options }) {
  const choices = options.map(({ optionName }) => clean(optionName));
  const text = [clean(name), ...choices.map((choice) => `- ${choice}`)].join("\n");
  return { kind: "text", text, payload: { poll: { options: choices } } };
}

function readChange({ type, key, editedMessage }, sealFile) {
  const payload = { original_message_id: key?.id };
  if (type === Protocol.REVOKE) return { ...EMPTY, kind: "revoke", payload };
  if (type !== Protocol.MESSAGE_EDIT) return null;
  const now = readLetter(editedMessage, sealFile);
  return { ...EMPTY, kind: "edit", text: now?.text ?? "", media: now?.media ?? null, payload };
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
