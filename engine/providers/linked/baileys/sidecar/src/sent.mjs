// What was sent: its id, content and fate, so that a send in doubt goes again as it was, a receipt finds its
// token, and a phone that could not read gets the message once more.

import { createHash } from "node:crypto";
import { proto } from "@whiskeysockets/baileys";

/** So many messages are remembered: more than a number may send in a week. */
const PLACES = 20_000;
const CACHED = 2_000;

/** WhatsApp's form of an id (its web client: 3EB0 and 18 hex digits), the same for every try of a send. */
export function idOf(token) {
  return "3EB0" + createHash("sha256").update(token).digest("hex").slice(0, 18).toUpperCase();
}

export class Sent {
  #records;
  #cache = new Map();
  #count = 0;

  constructor(records) {
    this.#records = records;
  }

  async open() {
    this.#count = Number((await this.#records.readOne("head", "sent")) ?? 0);
  }

  /** Before anything leaves. `sent`: `{token, to, content, attributes}`, the content as bytes. */
  async remember(id, { token, to, content, attributes = {} }) {
    const record = {
      token,
      to,
      content: Buffer.from(content).toString("base64"),
      attributes,
      state: "begun",
    };
    const place = String(this.#count % PLACES);
    const entries = [this.#entry(id, record), ["slot", place, id]];
    if (token && idOf(token) !== id) entries.push(["token", token, id]);
    if (this.#count >= PLACES) entries.push(...(await this.#forgotten(place)));
    this.#count += 1;
    await this.#records.write([...entries, ["head", "sent", String(this.#count)]]);
    return record;
  }

  /** `state` is accepted (with `at`) or refused (with `code`). */
  async conclude(id, record, state, known) {
    await this.#records.write([this.#entry(id, Object.assign(record, { state }, known))]);
  }

  async recall(id) {
    const cached = this.#cache.get(id);
    if (cached) return cached;
    const text = await this.#records.readOne("sent", id);
    return text ? JSON.parse(text) : null;
  }

  async recallToken(token) {
    const id = (await this.#records.readOne("token", token)) ?? idOf(token);
    return { id, record: await this.recall(id) };
  }

  /** What the library asks for when a phone could not read a message. */
  content = async ({ id }) => {
    const record = await this.recall(id);
    return record ? proto.Message.decode(Buffer.from(record.content, "base64")) : undefined;
  };

  async tokens(ids) {
    const unknown = ids.filter((id) => !this.#cache.has(id));
    const found = unknown.length ? await this.#records.read("sent", unknown) : new Map();
    const read = (id) => this.#cache.get(id) ?? (found.has(id) ? JSON.parse(found.get(id)) : null);
    return ids.map((id) => read(id)?.token ?? null);
  }

  #entry(id, record) {
    this.#cache.delete(id);
    this.#cache.set(id, record);
    if (this.#cache.size > CACHED) this.#cache.delete(this.#cache.keys().next().value);
    return ["sent", id, JSON.stringify(record)];
  }

  async #forgotten(place) {
    const old = await this.#records.readOne("slot", place);
    return old ? [["sent", old, null]] : [];
  }
}
