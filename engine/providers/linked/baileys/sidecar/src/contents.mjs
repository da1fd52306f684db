// What the engine wants sent, in the library's words. Files are encrypted and uploaded here.

import { access } from "node:fs/promises";
import { generateWAMessageContent, proto } from "@whiskeysockets/baileys";
import { Refusal } from "./refusal.mjs";

const { Type: Protocol } = proto.Message.ProtocolMessage;

const TYPES = new Set(["image", "video", "audio", "document", "sticker"]);
const VOICE = "audio/ogg; codecs=opus";
const MIMES = {
  aac: "audio/aac",
  amr: "audio/amr",
  m4a: "audio/mp4",
  mp3: "audio/mpeg",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  opus: "audio/ogg",
  wav: "audio/wav",
  gif: "image/gif",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  "3gp": "video/3gpp",
  mov: "video/quicktime",
  mp4: "video/mp4",
  csv: "text/csv",
  doc: "application/msword",
  pdf: "application/pdf",
  txt: "text/plain",
  xls: "application/vnd.ms-excel",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  zip: "application/zip",
};
const FALLBACK = { image: "image/jpeg", video: "video/mp4", audio: "audio/mpeg", sticker: "image/webp" };

/** A message of the engine's `content`, answering what `context` quotes. */
export async function compose(content, context, { sock, logger }) {
  const options = { upload: sock.waUploadToServer, logger, userJid: sock.user?.id };
  const message = await generateWAMessageContent(await described(content), options);
  if (!context) return message;
  // Text and files alike hold their context inside.
  const [part] = Object.keys(message).filter((name) => name.endsWith("Message"));
  message[part].contextInfo = { ...message[part].contextInfo, ...context };
  return message;
}

async function described(content) {
  const mentions = content.mentions;
  if (content.kind === "text") return { text: content.body, linkPreview: null, mentions };
  if (content.kind !== "media" || !TYPES.has(content.type)) {
    throw new Refusal("unsupported", "Not over a linked device");
  }
  await access(content.path).catch(() => {
    throw new Refusal("no_file", "The file to send is not there");
  });
  return { ...describedFile(content), mentions };
}

function describedFile({ type, path, caption, filename, voice, mime }) {
  const file = { [type]: { url: path }, mimetype: mime ?? mimeOf(type, filename ?? path, voice) };
  if (caption && type !== "audio" && type !== "sticker") file.caption = caption;
  if (type === "document") file.fileName = filename ?? "file";
  // Without a picture of its own the library would start other programs to make one.
  if (type === "image" || type === "video") file.jpegThumbnail = null;
  return type === "audio" ? { ...file, ptt: Boolean(voice) } : file;
}

function mimeOf(type, name, voice) {
  if (voice) return VOICE;
  const known = MIMES[name.split(".").pop().toLowerCase()];
  return known ?? FALLBACK[type] ?? "application/octet-stream";
}

export function reaction(key, emoji) {
  return { reactionMessage: { key, text: emoji ?? "", senderTimestampMs: Date.now() } };
}

export function edit(key, body) {
  const editedMessage = { conversation: body };
  return { protocolMessage: { key, type: Protocol.MESSAGE_EDIT, editedMessage, timestampMs: Date.now() } };
}

export function revoke(key) {
  return { protocolMessage: { key, type: Protocol.REVOKE } };
}
