// The server's word on each message that was sent: the library resolves a send before it comes.

/** Refused by WhatsApp, with its own number. */
export class Nack extends Error {
  constructor(code) {
    super("WhatsApp refused the message");
    this.code = code;
  }
}

/** The connection ended, or nothing came in time: the message may have arrived. */
export class Unheard extends Error {
  constructor(code) {
    super("no answer from WhatsApp");
    this.code = code;
  }
}

export class Acks {
  #waiting = new Map();

  attach(sock) {
    sock.ws.on("CB:ack,class:message", ({ attrs }) => {
      const waiting = this.#waiting.get(attrs.id);
      if (!waiting) return;
      if (attrs.error) waiting.reject(new Nack(attrs.error));
      else waiting.resolve(Number(attrs.t) || Math.floor(Date.now() / 1000));
    });
  }

  /** Seconds since 1970 at which the server took it. To be called before the message leaves. */
  wait(id, milliseconds) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Unheard("timeout")), milliseconds);
      this.#waiting.set(id, { resolve, reject, timer });
    }).finally(() => {
      clearTimeout(this.#waiting.get(id)?.timer);
      this.#waiting.delete(id);
    });
  }

  /** No word comes any more over a connection that ended. */
  lose() {
    for (const { reject } of this.#waiting.values()) reject(new Unheard("lost"));
  }
}
