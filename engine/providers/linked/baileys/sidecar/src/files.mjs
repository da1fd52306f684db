// Files of messages: where one lies and the key that opens it, sealed into a reference, and the way back.

import { createHash } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { downloadContentFromMessage } from "@whiskeysockets/baileys";
import { Refusal } from "./refusal.mjs";

const TABLE = "file";

export class Files {
  #seal;

  constructor(seal) {
    this.#seal = seal;
  }

  /** What `download` takes back; it tells nobody else anything. */
  refer = (where) => this.#seal.close(TABLE, "reference", JSON.stringify(where));

  /** Into `path`, whole or not at all: `{size, sha256}`. */
  async download(sock, { media, path }) {
    const where = this.#opened(media);
    const { key, path: directPath, url, type, sha256 } = where;
    const source = { mediaKey: Buffer.from(key, "base64"), directPath, url };
    const stream = await downloadContentFromMessage(source, type, { host: sock.getMediaHost() }).catch(gone);
    const part = `${path}.part`;
    try {
      const { size, digest } = await write(stream, part);
      if (sha256 && digest.toString("base64") !== sha256)
        throw new Refusal("damaged", "The file was changed on its way");
      await rename(part, path);
      return { size, sha256: digest.toString("hex") };
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  #opened(media) {
    try {
      return JSON.parse(this.#seal.open(TABLE, "reference", typeof media === "string" ? media : media.ref));
    } catch {
      throw new Refusal("no_file", "This is no file of this number");
    }
  }
}

async function write(stream, path) {
  const hash = createHash("sha256");
  let size = 0;
  const file = await open(path, "w", 0o600);
  try {
    for await (const chunk of stream) {
      hash.update(chunk);
      size += chunk.length;
      await file.write(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { size, digest: hash.digest() };
}

function gone(error) {
  const status = error?.output?.statusCode;
  if ([404, 410].includes(status)) throw new Refusal("gone", "WhatsApp does not keep the file any more");
  throw new Refusal("no_file", "The file could not be fetched");
}
