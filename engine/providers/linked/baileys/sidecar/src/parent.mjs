// The engine at the other end of the pipes: its commands, our answers, events and heartbeats, and the records
// it keeps for us.

import { emit } from "./quiet.mjs";
import { pack, reader } from "./frames.mjs";
import { Refusal } from "./refusal.mjs";

const BEAT_MS = 5_000;
/** A record that is not kept by then never will be; to go on would be to lose keys. */
const STORE_MS = 30_000;

export class Parent {
  #asked = 0;
  #waiting = new Map();
  #hello;
  #beats = 0;

  /**
   * `obey(command, given)` answers, `acknowledged(seq)` hears what the engine has; `fail` ends us, `note`
   * logs.
   */
  constructor({ obey, acknowledged, fail, note }) {
    Object.assign(this, { obey, acknowledged, fail, note });
    this.hello = new Promise((resolve) => (this.#hello = resolve));
  }

  listen(stream) {
    const take = reader((said) => this.#take(said));
    stream.on("data", (chunk) => {
      try {
        take(chunk);
      } catch (error) {
        this.fail(error);
      }
    });
  }

  ready(traits) {
    this.#say({ ready: traits });
    setInterval(() => this.#say({ beat: (this.#beats += 1) }), BEAT_MS);
  }

  event(name, data, seq = undefined) {
    this.#say(seq === undefined ? { event: name, data } : { seq, event: name, data });
  }

  /** Values by name; null for what is not there. */
  read(names) {
    return this.#store({ get: names });
  }

  /** All of them or none, and durable when this returns; null removes. */
  write(values) {
    return this.#store({ set: values });
  }

  #store(request) {
    const number = (this.#asked += 1);
    return new Promise((resolve) => {
      const late = () => this.fail(new Error("the engine does not keep our records"));
      this.#waiting.set(number, { resolve, timer: setTimeout(late, STORE_MS) });
      this.#say({ store: number, ...request });
    });
  }

  #take(said) {
    if (said.hello) this.#hello(said.hello);
    else if (said.do) void this.#answer(said);
    else if (said.ack !== undefined) this.acknowledged(said.ack);
    else if (said.stored !== undefined) {
      const waiting = this.#waiting.get(said.stored);
      this.#waiting.delete(said.stored);
      clearTimeout(waiting?.timer);
      waiting?.resolve(said.values ?? {});
    }
  }

  async #answer({ id, do: command, with: given }) {
    try {
      this.#say({ answer: id, result: (await this.obey(command, given ?? {})) ?? null });
    } catch (error) {
      const known = error instanceof Refusal;
      const told = known ? error : new Refusal("refused", `The library refused (${error?.name})`);
      this.#say({ answer: id, error: { code: told.code, wa_code: told.waCode, text: told.message } });
      if (!known) this.note(`${command} failed`, error);
    }
  }

  #say(said) {
    emit(pack(said));
  }
}
