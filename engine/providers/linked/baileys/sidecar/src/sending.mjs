// Sending, with the id first: what is sent is a record before it leaves, and goes again under the same id as
// long as the server has not said that it has it. Whoever gets it twice shows it once.

import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { proto } from "@whiskeysockets/baileys";
import { Nack, Unheard } from "./acks.mjs";
import { isoSeconds } from "./addresses.mjs";
import * as contents from "./contents.mjs";
import { notConnected, Refusal } from "./refusal.mjs";
import { idOf } from "./sent.mjs";

/** WhatsApp's own clients wait as long for the server's word. */
const PATIENCE_MS = 60_000;
/** New chats are barred for a time; chats that exist go on. */
const REACHOUT = "463";

const committing = new AsyncLocalStorage();

/**
 * The library encrypts and sends inside one transaction, so a crash in between would roll the ratchet back.
 * For our own sends the outer transaction is left away: each ratchet is durable before its message leaves.
 */
export function commitBeforeSending(sock) {
  const { keys } = sock.authState;
  const transaction = keys.transaction;
  keys.transaction = (work, name) => {
    const isOuter = committing.getStore()?.armed;
    if (!isOuter) return transaction(work, name);
    committing.getStore().armed = false;
    return work();
  };
}

export class Sending {
  #busy = new Map();
  /** The library sends one message after the other; so do we, without its lock. */
  #line = Promise.resolve();

  /** `session` (with `sock`, `isOpen`, `opened(ms)`), `sent`, `seen`, `acks`, `outbox`, `log`, `logger`. */
  constructor(parts) {
    Object.assign(this, parts);
  }

  async send({ token, message_id, to, content, reply_to }) {
    const id = message_id ?? idOf(token);
    return this.#once(id, async () => {
      const known = await this.sent.recall(id);
      if (known?.state === "accepted") return { message_id: id, at: known.at };
      if (!this.session.isOpen) throw notConnected();
      return this.#deliver(id, known ?? (await this.#begin(id, { token, to, content, reply_to })));
    });
  }

  /** What became of a send whose answer was lost; while that is unknown the same goes again. */
  async settle({ token }) {
    const { id, record } = await this.sent.recallToken(token);
    if (!record) return { fate: "absent", message_id: null };
    if (record.state === "accepted") return { fate: "accepted", message_id: id };
    if (record.state === "refused") return { fate: "absent", message_id: id };
    if (!this.session.isOpen) throw notConnected();
    try {
      await this.#once(id, () => this.#deliver(id, record));
      return { fate: "accepted", message_id: id };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { fate: error.code === "nack" ? "absent" : "unknown", message_id: id };
    }
  }

  /** The connection ended: nobody waits for what was to go over it. */
  lose() {
    this.acks.lose();
    this.#line = Promise.resolve();
  }

  /** To one device that could not read it. */
  again(id, record, { chat, participant }) {
    return this.#inTurn(() => this.#hand(id, chat, record, { participant }));
  }

  react({ chat, id, sender, from_me, emoji, token }) {
    return this.#change(chat, token, { id, sender, from_me }, (key) => contents.reaction(key, emoji));
  }

  edit({ chat, id, body, token }) {
    return this.#change(chat, token, { id, from_me: true }, (key) => contents.edit(key, body), { edit: "1" });
  }

  /** Somebody else's, named by `sender`, is taken back by a group's administrator. */
  revoke({ chat, id, sender = null, token }) {
    const from_me = !sender || sender === this.session.own(chat);
    const attributes = { edit: from_me ? "7" : "8" };
    return this.#change(chat, token, { id, sender, from_me }, contents.revoke, attributes);
  }

  async #change(chat, token, target, make, attributes = {}) {
    if (!this.session.isOpen) throw notConnected();
    const own = target.from_me ?? Boolean(await this.sent.recall(target.id));
    const key = { remoteJid: chat, fromMe: own, id: target.id };
    if (!own && chat.endsWith("@g.us")) key.participant = target.sender;
    const id = token ? idOf(token) : "3EB0" + randomBytes(9).toString("hex").toUpperCase();
    const content = proto.Message.encode(proto.Message.fromObject(make(key))).finish();
    return this.#once(id, async () => {
      const known = await this.sent.recall(id);
      if (known?.state === "accepted") return { message_id: id, at: known.at };
      const sent = { token: token ?? null, to: chat, content, attributes };
      return this.#deliver(id, known ?? (await this.sent.remember(id, sent)));
    });
  }

  async #begin(id, { token, to, content, reply_to }) {
    const context = reply_to ? await this.#quote(reply_to, to) : null;
    const message = await contents.compose(content, context, {
      sock: this.session.sock,
      logger: this.logger,
    });
    const bytes = proto.Message.encode(proto.Message.fromObject(message)).finish();
    return this.sent.remember(id, { token, to, content: bytes });
  }

  async #quote(id, chat) {
    const own = await this.sent.recall(id);
    if (!own) return this.seen.quote(id, chat);
    const participant = this.session.own(chat);
    return {
      stanzaId: id,
      participant,
      quotedMessage: proto.Message.decode(Buffer.from(own.content, "base64")),
    };
  }

  /** The same send twice at once is one send. */
  #once(id, work) {
    if (!this.#busy.has(id))
      this.#busy.set(
        id,
        work().finally(() => this.#busy.delete(id)),
      );
    return this.#busy.get(id);
  }

  async #deliver(id, record) {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        const at = isoSeconds(await this.#relay(id, record, end - Date.now()));
        // The engine need not wait for this: were it lost, the message would go again under its id.
        void this.sent.conclude(id, record, "accepted", { at });
        return { message_id: id, at };
      } catch (error) {
        await this.#failed(id, record, error, end);
      }
    }
  }

  /** Returns when it is worth another try. */
  async #failed(id, record, error, end) {
    if (error instanceof Nack) {
      await this.sent.conclude(id, record, "refused", { code: error.code });
      if (error.code === REACHOUT)
        await this.outbox.keep([["restriction", { kind: "reachout", until: null }]]);
      throw new Refusal("nack", "WhatsApp refused the message", error.code);
    }
    if (!isLost(error)) {
      this.log.error("a message could not be sent", error);
      throw new Refusal("refused", `The library could not send it (${error?.name ?? "unknown"})`);
    }
    const isBack = error.code !== "timeout" && (await this.session.opened(end - Date.now()));
    if (!isBack) throw new Refusal(error.code === "timeout" ? "timeout" : "lost", "No answer from WhatsApp");
  }

  async #relay(id, { to, content, attributes }, milliseconds) {
    const word = this.acks.wait(id, milliseconds);
    word.catch(() => {});
    const leave = async () => {
      if (!this.session.isOpen) throw new Unheard("lost");
      return this.#hand(id, to, { content, attributes });
    };
    await Promise.race([this.#inTurn(leave), word]);
    return word;
  }

  #hand(id, to, { content, attributes }, options = {}) {
    const message = proto.Message.decode(Buffer.from(content, "base64"));
    const all = { messageId: id, additionalAttributes: { ...attributes }, ...options };
    return committing.run({ armed: true }, () => this.session.sock.relayMessage(to, message, all));
  }

  #inTurn(work) {
    const turn = this.#line.then(work, work);
    this.#line = turn.catch(() => {});
    return turn;
  }
}

/**
 * The connection ended under the message; the library says so by 428 or 408, or by a socket's bare number.
 */
function isLost(error) {
  return (
    error instanceof Unheard || typeof error === "number" || [408, 428].includes(error?.output?.statusCode)
  );
}
