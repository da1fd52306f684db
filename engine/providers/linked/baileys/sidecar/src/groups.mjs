// Groups as the server last described them, so that neither a name nor a list of members is asked for each
// time.

const FRESH_MS = 5 * 60_000;
/** A message does not wait longer for its group's name. */
const PATIENCE_MS = 3_000;

export class Groups {
  #known = new Map();
  sock = null;

  /** What the library asks before it sends to a group. */
  cached = async (jid) => {
    const found = this.#known.get(jid);
    return found && Date.now() - found.at < FRESH_MS ? found.described : undefined;
  };

  subject(jid) {
    return this.#known.get(jid)?.described.subject ?? null;
  }

  forget(jid) {
    this.#known.delete(jid);
  }

  async learn(jid) {
    if (this.#known.has(jid) || !this.sock) return;
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref());
    await Promise.race([this.describe(jid).catch(() => null), late]);
  }

  async describe(jid) {
    const described = await this.sock.groupMetadata(jid);
    this.#known.set(jid, { described, at: Date.now() });
    return described;
  }
}
