// Old chats, which the phone sends when it links a device: remembered until all of it is with the engine, so
// that a crash in the middle begins it again.

import { downloadAndProcessHistorySyncNotification, proto } from "@whiskeysockets/baileys";
import { isGroup, isIgnored, plain } from "./addresses.mjs";
import { envelope } from "./events.mjs";
import { readLetter } from "./letters.mjs";

const { HistorySyncNotification } = proto.Message;
/** Events that become durable together. */
const BATCH = 200;

export class History {
  #records;
  #waiting = new Map();
  #running = false;

  /**
   * `auth`, `outbox`, `parent`, `files`, `log`, `logger`; `wanted`: whether old messages are taken over;
   * names and addresses always are.
   */
  constructor({ records, ...parts }) {
    this.#records = records;
    Object.assign(this, parts);
  }

  async open() {
    const text = await this.#records.readOne("history", "waiting");
    for (const [id, notice] of JSON.parse(text ?? "[]")) this.#waiting.set(id, notice);
    this.go();
  }

  /** What goes into the transaction of the message that announced it. */
  entry(id, notice) {
    this.#waiting.set(id, Buffer.from(HistorySyncNotification.encode(notice).finish()).toString("base64"));
    return { history: { waiting: [...this.#waiting] } };
  }

  go() {
    if (this.#running || this.#waiting.size === 0) return;
    this.#running = true;
    this.#run()
      .catch((error) => this.log.error("history", error))
      .finally(() => (this.#running = false));
  }

  async #run() {
    for (let first; (first = this.#waiting.entries().next().value);) {
      const [id, notice] = first;
      await this.#take(HistorySyncNotification.decode(Buffer.from(notice, "base64")));
      this.#waiting.delete(id);
      await this.#records.write([["history", "waiting", JSON.stringify([...this.#waiting])]]);
    }
  }

  async #take(notice) {
    const data = await downloadAndProcessHistorySyncNotification(notice, {}, this.logger);
    const events = [...namesIn(data), ...(this.wanted ? this.#messagesIn(data) : [])];
    for (let from = 0; from < events.length; from += BATCH) {
      await this.outbox.keep(events.slice(from, from + BATCH));
    }
    if (typeof data.progress === "number") this.parent.event("history", { progress: data.progress });
  }

  #messagesIn({ messages, lidPnMappings, chats }) {
    const other = new Map(
      lidPnMappings.flatMap(({ lid, pn }) => [
        [plain(lid), plain(pn)],
        [plain(pn), plain(lid)],
      ]),
    );
    const subjects = new Map(chats.map((chat) => [chat.id, chat.name]));
    return messages.flatMap((message) => {
      const letter = message?.key?.id && message.message ? readLetter(message.message, this.files) : null;
      if (!letter || isIgnored(message.key.remoteJid)) return [];
      const told = { ...envelope(message, "history", this.auth.creds.me), ...letter };
      told.chat_alt ??= other.get(told.chat) ?? null;
      told.sender_alt ??= other.get(told.sender) ?? null;
      if (isGroup(told.chat)) told.subject = subjects.get(told.chat) ?? null;
      return [["message", told]];
    });
  }
}

function namesIn({ contacts, chats, lidPnMappings }) {
  const groups = chats.filter((chat) => isGroup(chat.id) && chat.name);
  const people = contacts.filter(({ id, name }) => name && !isGroup(id) && !isIgnored(id));
  const pairs = lidPnMappings.map(({ lid, pn }) => [plain(lid), plain(pn)]);
  return [
    ...(pairs.length ? [["pairs", { pairs }]] : []),
    ...groups.map(({ id, name }) => ["group", { jid: id, subject: name }]),
    ...people.map(({ id, name }) => ["contact", { jid: plain(id), name }]),
  ];
}
