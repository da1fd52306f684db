// AES-256-GCM over every record, under the key that the engine gave to this session.

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";

const FORMAT = 1;
const NONCE = 12;
const TAG = 16;

/** Opens only what was sealed for the same session, table and record, and was not changed since. */
export class Seal {
  #records;
  #names;
  #session;

  constructor(session, key) {
    const secret = Buffer.from(key, "hex");
    if (secret.length !== 32) throw new Error("the session has no key");
    const derive = (purpose) =>
      Buffer.from(hkdfSync("sha256", secret, "", `master-ia baileys ${purpose}`, 32));
    this.#records = derive("records");
    this.#names = derive("names");
    this.#session = session;
  }

  /** A record's name tells its table; whose session or message it is, it does not. */
  name(table, id) {
    const blind = createHmac("sha256", this.#names).update(`${table}|${id}`).digest("base64url");
    return `${table}/${blind.slice(0, 27)}`;
  }

  close(table, id, text) {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv("aes-256-gcm", this.#records, nonce);
    cipher.setAAD(this.#bound(table, id));
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([Buffer.from([FORMAT]), nonce, sealed, cipher.getAuthTag()]).toString("base64");
  }

  /** Throws when it was sealed for another place, or was changed. */
  open(table, id, record) {
    const bytes = Buffer.from(record, "base64");
    if (bytes[0] !== FORMAT) throw new Error("a record of an unknown format");
    const decipher = createDecipheriv("aes-256-gcm", this.#records, bytes.subarray(1, 1 + NONCE));
    decipher.setAAD(this.#bound(table, id));
    decipher.setAuthTag(bytes.subarray(-TAG));
    const inside = bytes.subarray(1 + NONCE, -TAG);
    return Buffer.concat([decipher.update(inside), decipher.final()]).toString("utf8");
  }

  #bound(table, id) {
    return Buffer.from(`${this.#session}|${table}|${id}|${FORMAT}`);
  }
}
