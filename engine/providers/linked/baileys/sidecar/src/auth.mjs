// The library's keys as records: every one sealed, every batch one transaction.

import { BufferJSON, initAuthCreds, proto } from "@whiskeysockets/baileys";
import { Outbox } from "./outbox.mjs";

const dump = (value) => JSON.stringify(value, BufferJSON.replacer);
const load = (text) => JSON.parse(text, BufferJSON.reviver);

export class Auth {
  #records;
  #outbox;

  constructor(records, outbox) {
    this.#records = records;
    this.#outbox = outbox;
    this.creds = initAuthCreds();
    this.keys = { get: (type, ids) => this.#get(type, ids), set: (data) => this.#set(data) };
  }

  async open() {
    const text = await this.#records.readOne("creds", "own");
    if (text) this.creds = load(text);
  }

  /** Whether a phone has vouched for this device. */
  get isLinked() {
    return Boolean(this.creds.account && this.creds.me?.id);
  }

  /** Another try of linking begins from nothing: half a linking would be refused as a log-in. */
  renew() {
    this.creds = initAuthCreds();
  }

  save(events = []) {
    return this.#outbox.keep(events, [["creds", "own", dump(this.creds)]]);
  }

  async #get(type, ids) {
    const found = await this.#records.read(type, ids);
    const values = {};
    for (const [id, text] of found) values[id] = revived(type, load(text));
    return values;
  }

  /** Events come with the keys they arose from (see Arrivals); new pairs of addresses become one here. */
  async #set(data) {
    const entries = [];
    for (const [type, values] of Object.entries(data)) {
      for (const [id, value] of Object.entries(values)) {
        if (type === "outbox") entries.push(Outbox.entry(value));
        else entries.push([type, id, value === null || value === undefined ? null : dump(value)]);
      }
    }
    const pairs = pairsIn(data["lid-mapping"]);
    await this.#outbox.keep(pairs.length ? [["pairs", { pairs }]] : [], entries);
  }
}

function revived(type, value) {
  return type === "app-state-sync-key" ? proto.Message.AppStateSyncKeyData.fromObject(value) : value;
}

function pairsIn(mapping) {
  return Object.entries(mapping ?? {})
    .filter(([phone, lid]) => lid && !phone.endsWith("_reverse"))
    .map(([phone, lid]) => [`${lid}@lid`, `${phone}@s.whatsapp.net`]);
}
