// What comes from WhatsApp, kept before WhatsApp hears that it came.
//
// The library confirms a message before it tells of it, and holds what it tells back for up to twenty
// seconds. So messages are taken where they are decrypted: the event becomes durable in the same transaction
// as the ratchet that moved on. Receipts and notices are kept first, and only then handed to the library,
// which confirms them.

import {
  decodeMessageNode,
  DEFAULT_CONNECTION_CONFIG,
  proto,
  unpadRandomMax16,
} from "@whiskeysockets/baileys";
import { isGroup, isIgnored } from "./addresses.mjs";
import { asksForPasskey, envelope, noticesOf, receiptOf } from "./events.mjs";
import { readLetter } from "./letters.mjs";
import { asksAgain } from "./repeats.mjs";

/** The library's own word for a message that came before; it then confirms it without asking again. */
const CAME_BEFORE = "Key used already or never filled";
const IS_OLD = /Key used already|old counter/;

export class Arrivals {
  /** The stanza of a ciphertext that is being opened, and what is left to open of a stanza. */
  #stanzas = new WeakMap();
  #unopened = new WeakMap();
  #queues = new Map();

  /**
   * `outbox`, `sent` (tokens), `seen` (what came before), `groups` (subjects), `history`, `auth`, `files`
   * (seals whereabouts), `log`, `repeats` (set later), and `passkey()` for an account that cannot be linked.
   */
  constructor(parts) {
    Object.assign(this, parts);
  }

  /** What the library is given in place of its own. */
  repository = (auth, logger, fetch) => {
    const own = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, logger, fetch);
    const open = (sealed, chat, work) => this.#open(auth.keys, sealed, chat, work);
    return {
      ...own,
      decryptMessage: (given) => open(given.ciphertext, given.jid, () => own.decryptMessage(given)),
      decryptGroupMessage: (given) => open(given.msg, given.group, () => own.decryptGroupMessage(given)),
    };
  };

  /** Stand between the socket and the library. */
  attach(sock) {
    const pass = sock.ws.emit.bind(sock.ws);
    const take = {
      "CB:message": this.#inOrder,
      "CB:receipt": this.#keptFirst,
      "CB:notification": this.#keptFirst,
    };
    this.#queues.clear();
    sock.ws.emit = (name, ...given) => {
      if (!Object.hasOwn(take, name)) return pass(name, ...given);
      const work = () => take[name](sock.ws, name, given[0]);
      const before = this.#queues.get(name) ?? Promise.resolve();
      this.#queues.set(
        name,
        before.then(work).catch((error) => this.log.error(`${name} failed`, error)),
      );
      return true;
    };
  }

  /** The library opens messages in any order; the next one waits until this one is open. */
  #inOrder = async (ws, name, stanza) => {
    const opened = this.#register(stanza);
    const handled = Promise.all(ws.listeners(name).map((listener) => listener(stanza)));
    await (stanza.attrs.offline ? handled : Promise.race([opened, handled]));
  };

  #keptFirst = async (ws, name, node) => {
    if (name === "CB:receipt" && asksAgain(node) && (await this.repeats.take(node))) return;
    await this.#keep(name, node);
    await Promise.all(ws.listeners(name).map((listener) => listener(node)));
  };

  /** What the phone sent again on request comes around all this. */
  async again(message) {
    const letter = message.message && readLetter(message.message, this.files);
    if (letter)
      await this.outbox.keep([["message", { ...envelope(message, "live", this.auth.creds.me), ...letter }]]);
  }

  /** Nothing in it could be opened, and the phone is asked for it. */
  undecryptable(message) {
    const { id, chat, chat_alt, sender, sender_alt, from_me, at, name } = envelope(
      message,
      "live",
      this.auth.creds.me,
    );
    const told = { id, chat, chat_alt, sender, sender_alt, from_me, at, name };
    return this.outbox.keep([["undecryptable", told]]);
  }

  /** Resolves when every part of it was opened, or could not be. */
  #register(stanza) {
    const parts = Array.isArray(stanza.content) ? stanza.content : [];
    const sealed = parts.filter(({ tag, content }) => tag === "enc" && content instanceof Uint8Array);
    for (const { content } of sealed) this.#stanzas.set(content, stanza);
    return new Promise((resolve) => this.#unopened.set(stanza, { count: sealed.length, resolve }));
  }

  #opened(stanza) {
    const left = this.#unopened.get(stanza);
    left.count -= 1;
    if (left.count === 0) left.resolve();
  }

  async #keep(name, node) {
    const { me } = this.auth.creds;
    if (name === "CB:receipt") {
      const receipt = receiptOf(node, me);
      if (receipt)
        await this.outbox.keep([["receipt", { ...receipt, tokens: await this.sent.tokens(receipt.ids) }]]);
      return;
    }
    if (asksForPasskey(node)) this.passkey();
    await this.outbox.keep(noticesOf(node));
  }

  async #open(keys, sealed, chat, work) {
    const stanza = this.#stanzas.get(sealed);
    if (!stanza) return work();
    const message = this.#addressed(stanza);
    if (isGroup(message.key.remoteJid)) await this.groups.learn(message.key.remoteJid);
    let kept = [];
    try {
      const opened = await keys.transaction(async () => {
        const bytes = await work();
        kept = await this.#take(keys, stanza, message, bytes);
        return bytes;
      }, chat);
      this.outbox.settle(kept, true);
      this.history.go();
      return opened;
    } catch (error) {
      this.outbox.settle(kept, false);
      await this.#failed(message, error);
      throw error;
    } finally {
      this.#opened(stanza);
    }
  }

  #envelope(message, stanza) {
    return envelope(message, stanza.attrs.offline ? "offline" : "live", this.auth.creds.me);
  }

  #addressed(stanza) {
    const { me } = this.auth.creds;
    return decodeMessageNode(stanza, me.id, me.lid ?? "").fullMessage;
  }

  /** Into the transaction of the ratchet: the event, and what a later quote or repetition will need. */
  async #take(keys, stanza, message, bytes) {
    const decoded = proto.Message.decode(unpadRandomMax16(bytes));
    const content = decoded.deviceSentMessage?.message ?? decoded;
    const notice = content.protocolMessage?.historySyncNotification;
    if (notice && message.key.fromMe) await keys.set(this.history.entry(message.key.id, notice));
    if (message.category === "peer" || isIgnored(message.key.remoteJid)) return [];
    const letter = readLetter(content, this.files);
    if (!letter) return [];
    const told = { ...this.#envelope(message, stanza), ...letter };
    if (isGroup(told.chat)) told.subject = this.groups.subject(told.chat);
    const slot = this.outbox.claim("message", told);
    await keys.set({ outbox: { [slot.seq]: slot }, ...this.seen.entry(told, content) });
    return [slot];
  }

  async #failed(message, error) {
    if (message.category === "peer" || IS_OLD.test(error.message)) return;
    const before = await this.seen.find(message.key.id);
    if (before) throw new Error(CAME_BEFORE);
    await this.undecryptable(message);
  }
}
