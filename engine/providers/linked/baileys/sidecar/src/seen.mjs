// What came lately, for quotes of it and to know it again: a table of a fixed size, where newer takes the
// place of older.

import { createHash } from "node:crypto";
import { proto } from "@whiskeysockets/baileys";

const PLACES = 4_096;
/** Bytes of a message that are kept to be quoted; files and long texts are quoted without their content. */
const LONGEST = 2_048;

export class Seen {
  #records;

  constructor(records) {
    this.#records = records;
  }

  /** What goes into the transaction of the message. */
  entry({ id, sender, from_me }, content) {
    const bytes = proto.Message.encode(content).finish();
    const said = bytes.length <= LONGEST ? Buffer.from(bytes).toString("base64") : null;
    return { seen: { [placeOf(id)]: { id, sender, from_me, said } } };
  }

  async find(id) {
    const text = await this.#records.readOne("seen", placeOf(id));
    const found = text ? JSON.parse(text) : null;
    return found?.id === id ? found : null;
  }

  /** The context of an answer to a message in this chat. */
  async quote(id, chat) {
    const found = await this.find(id);
    const participant = found?.sender ?? chat;
    const quotedMessage = found?.said
      ? proto.Message.decode(Buffer.from(found.said, "base64"))
      : { conversation: "" };
    return { stanzaId: id, participant, quotedMessage };
  }
}

function placeOf(id) {
  return String(createHash("sha256").update(id).digest().readUInt16BE(0) % PLACES);
}
