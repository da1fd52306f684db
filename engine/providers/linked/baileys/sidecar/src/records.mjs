// Records of the session, which the engine keeps in its database. Writes go one transaction after the other,
// and what gathers while one is under way goes together in the next: an older value never lands on a newer
// one.

/** Texts kept in memory, so that a session that is in use is not asked for again. */
const CACHED = 4_000;
/** Read once at the start, or not at all: they would only push out what is in use. */
const NOT_CACHED = new Set(["outbox", "sent", "slot", "seen", "token"]);

export class Records {
  #parent;
  #seal;
  #cache = new Map();
  /** What waits for the next transaction, and what is in the present one, by name. */
  #gathering = new Map();
  #writing = new Map();
  #last = Promise.resolve();
  #next = null;

  constructor(parent, seal) {
    this.#parent = parent;
    this.#seal = seal;
  }

  /** Texts by id; ids without a record are not in it. */
  async read(table, ids) {
    const found = new Map();
    const unknown = new Map();
    for (const id of ids) {
      const name = this.#seal.name(table, id);
      const text = this.#known(name);
      if (text === undefined) unknown.set(name, id);
      else if (text !== null) found.set(id, text);
    }
    if (unknown.size === 0) return found;
    const values = await this.#parent.read([...unknown.keys()]);
    for (const [name, id] of unknown) {
      // Something may have been written while we waited; it is newer.
      const newer = this.#known(name);
      const text =
        newer !== undefined ? newer : values[name] ? this.#seal.open(table, id, values[name]) : null;
      if (newer === undefined) this.#remember(table, name, text);
      if (text !== null) found.set(id, text);
    }
    return found;
  }

  async readOne(table, id) {
    return (await this.read(table, [id])).get(id);
  }

  /** `[table, id, text]`, where null removes: all or none, durable when this returns. */
  write(entries) {
    for (const [table, id, text] of entries) {
      const name = this.#seal.name(table, id);
      this.#remember(table, name, text);
      this.#gathering.set(name, { table, id, text });
    }
    return this.flush();
  }

  /** Everything that was handed over before this is durable when it returns. */
  flush() {
    if (this.#gathering.size > 0 && !this.#next) {
      this.#next = this.#last.then(() => new Promise(setImmediate)).then(() => this.#commit());
      this.#last = this.#next;
    }
    return this.#last;
  }

  async #commit() {
    this.#next = null;
    this.#writing = this.#gathering;
    this.#gathering = new Map();
    const values = {};
    for (const [name, { table, id, text }] of this.#writing) {
      values[name] = text === null ? null : this.#seal.close(table, id, text);
    }
    await this.#parent.write(values);
    this.#writing = new Map();
  }

  #known(name) {
    const waiting = this.#gathering.get(name) ?? this.#writing.get(name);
    if (waiting) return waiting.text;
    const text = this.#cache.get(name);
    if (text !== undefined) {
      this.#cache.delete(name);
      this.#cache.set(name, text);
    }
    return text;
  }

  #remember(table, name, text) {
    if (NOT_CACHED.has(table)) return;
    this.#cache.delete(name);
    this.#cache.set(name, text);
    if (this.#cache.size > CACHED) this.#cache.delete(this.#cache.keys().next().value);
  }
}
