// Events that the engine must get: kept as records until it says that it has them, told in order, and told
// again after every start.

/** Asked for at once when the host starts; as many missing in a row mean that there are no more. */
const BATCH = 256;
/** What the engine has is forgotten a little later, many at once. */
const FORGET_MS = 300;

export class Outbox {
  #records;
  #parent;
  #next = 1;
  /** Claimed numbers in order; told from the front, so that none is told before one that is older. */
  #line = [];
  #told = [];
  #head = 0;
  #timer = null;

  constructor(records, parent) {
    this.#records = records;
    this.#parent = parent;
  }

  /** Finds what an earlier process left. */
  async open() {
    this.#head = Number((await this.#records.readOne("head", "outbox")) ?? 0);
    this.#next = this.#head + 1;
    for (let from = this.#head + 1; ; from += BATCH) {
      const ids = Array.from({ length: BATCH }, (_, index) => String(from + index));
      const found = await this.#records.read("outbox", ids);
      for (const id of ids) {
        if (!found.has(id)) continue;
        this.#line.push({ seq: Number(id), state: "kept", event: JSON.parse(found.get(id)) });
        this.#next = Number(id) + 1;
      }
      if (found.size === 0) return;
    }
  }

  /** Tell what can be told. */
  tell() {
    while (this.#line.length && this.#line[0].state !== "claimed") {
      const { seq, state, event } = this.#line.shift();
      if (state !== "kept") continue;
      this.#told.push(seq);
      this.#parent.event(event.name, event.data, seq);
    }
  }

  /** A number for an event that becomes durable together with something else; {@link settle} must follow. */
  claim(name, data) {
    const slot = { seq: this.#next, state: "claimed", event: { name, data } };
    this.#next += 1;
    this.#line.push(slot);
    return slot;
  }

  static entry(slot) {
    return ["outbox", String(slot.seq), JSON.stringify(slot.event)];
  }

  settle(slots, isKept) {
    for (const slot of slots) slot.state = isKept ? "kept" : "void";
    this.tell();
  }

  /** Make events durable, with further records in the same transaction, and tell them. */
  async keep(events, entries = []) {
    if (events.length === 0 && entries.length === 0) return;
    const slots = events.map(([name, data]) => this.claim(name, data));
    await this.#records.write([...slots.map(Outbox.entry), ...entries]);
    this.settle(slots, true);
  }

  /** The engine has everything up to this number. */
  acknowledge(seq) {
    this.#head = Math.max(this.#head, seq);
    this.#timer ??= setTimeout(() => this.#forget(), FORGET_MS);
  }

  #forget() {
    this.#timer = null;
    const had = this.#told.filter((seq) => seq <= this.#head);
    this.#told = this.#told.filter((seq) => seq > this.#head);
    const gone = had.map((seq) => ["outbox", String(seq), null]);
    void this.#records.write([...gone, ["head", "outbox", String(this.#head)]]);
  }
}
