// The life of the linked number: connecting, linking, and what is done when a connection ends.

import makeWASocket, { Browsers, DEFAULT_CONNECTION_CONFIG, proto } from "@whiskeysockets/baileys";
import { isHidden, isIgnored, plain } from "./addresses.mjs";
import { judge, waitBefore } from "./closings.mjs";
import { Refusal } from "./refusal.mjs";
import { commitBeforeSending } from "./sending.mjs";

/** A silent connection is dead after two of these and a bit. */
const KEEPALIVE_MS = 20_000;
const FIRST_CODE_MS = 60_000;
const NEXT_CODE_MS = 20_000;
/** A typed code lives as long as the codes to scan that came with it. */
const TYPED_CODE_MS = 160_000;
/** Each round shows six codes; then a person who wants to link says so again. */
const ROUNDS = 3;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const { FULL } = proto.HistorySync.HistorySyncType;

export class Session {
  sock = null;
  phase = "starting";
  #mode = null;
  #phone = null;
  #rounds = 0;
  #tries = 0;
  #heldSince = 0;
  #isFirstCode = true;
  #timer = null;
  #waiting = new Set();

  /** `auth`, `arrivals`, `records`, `outbox`, `parent`, `groups`, `log`, `logger`; `sending` is set later. */
  constructor(parts) {
    Object.assign(this, parts);
  }

  get isOpen() {
    return this.phase === "open" && this.sock !== null;
  }

  /** Our own address in the form that a chat uses. */
  own(chat) {
    const { me } = this.auth.creds;
    return plain(isHidden(chat) && me?.lid ? me.lid : me?.id);
  }

  /** `mode` is qr, code or connect. */
  begin(mode, phone = null) {
    if (this.sock) throw new Refusal("busy", "The number is being connected already");
    if (mode === "connect" && !this.auth.isLinked)
      throw new Refusal("not_linked", "The number is not linked");
    if (mode !== "connect" && this.auth.isLinked)
      throw new Refusal("is_linked", "The number is linked already");
    Object.assign(this, { phase: "starting" });
    [this.#mode, this.#phone, this.#rounds, this.#tries] = [mode, phone, 0, 0];
    clearTimeout(this.#timer);
    this.#connect();
  }

  /** Whether it is open within so many milliseconds. */
  opened(milliseconds) {
    if (this.isOpen) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (isOpen) => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve(isOpen);
      };
      const timer = setTimeout(done, Math.max(0, milliseconds), false);
      this.#waiting.add(done);
    });
  }

  async logOut() {
    if (!this.isOpen) throw new Refusal("not_connected", "The number is not connected");
    await this.sock.logout();
  }

  /** The account asks for its owner's passkey, which only WhatsApp's own apps can give. */
  passkey() {
    this.#stop({ phase: "passkey", code: null });
  }

  async close() {
    this.#mode = null;
    clearTimeout(this.#timer);
    await this.#drop();
    await this.records.flush();
  }

  #connect() {
    if (!this.auth.isLinked) this.auth.renew();
    this.#isFirstCode = true;
    this.#tell({ phase: "connecting", code: null });
    const sock = (this.sock = makeWASocket(this.#configuration()));
    commitBeforeSending(sock);
    this.groups.sock = sock;
    this.arrivals.attach(sock);
    this.sending.acks.attach(sock);
    this.#listen(sock);
  }

  #configuration() {
    return {
      ...DEFAULT_CONNECTION_CONFIG,
      auth: { creds: this.auth.creds, keys: this.auth.keys },
      browser: Browsers.appropriate("Chrome"),
      cachedGroupMetadata: this.groups.cached,
      emitOwnEvents: false,
      getMessage: this.sending.sent.content,
      keepAliveIntervalMs: KEEPALIVE_MS,
      logger: this.logger,
      makeSignalRepository: this.arrivals.repository,
      // The phone goes on to tell its owner of messages.
      markOnlineOnConnect: false,
      shouldIgnoreJid: isIgnored,
      shouldSyncHistoryMessage: ({ syncType }) => syncType !== FULL,
      syncFullHistory: false,
      transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 100 },
    };
  }

  #listen(sock) {
    const on = (name, take) => sock.ev.on(name, (given) => sock === this.sock && take(given));
    on("creds.update", () => void this.auth.save());
    on("connection.update", (update) => this.#updated(sock, update));
    on("messages.upsert", (upsert) => this.#leftOver(upsert));
    on("contacts.upsert", (contacts) => this.#named(contacts));
    on("groups.update", (groups) => groups.forEach(({ id }) => this.groups.forget(id)));
    on("group-participants.update", ({ id }) => this.groups.forget(id));
    on("presence.update", ({ id, presences }) => this.#typing(id, presences));
    sock.ws.on("CB:success", () => ([this.#tries, this.#heldSince] = [0, Date.now()]));
    sock.ws.on("CB:notification,type:link_code_companion_reg", () =>
      this.#tell({ phase: "scanned", code: null }),
    );
  }

  #updated(sock, { connection, qr, isNewLogin, lastDisconnect }) {
    if (qr) this.#code(sock, qr);
    if (isNewLogin) this.#linked();
    if (connection === "open") this.#opened();
    if (connection === "close") void this.#closed(lastDisconnect?.error);
  }

  #code(sock, payload) {
    if (this.phase !== "scanned") this.#tell({ phase: "waiting", code: null });
    const isFirst = this.#isFirstCode;
    this.#isFirstCode = false;
    if (this.#mode === "qr") {
      this.parent.event("qr", { payload, expires_at: soon(isFirst ? FIRST_CODE_MS : NEXT_CODE_MS) });
    } else if (isFirst) {
      this.#typedCode(sock).catch((error) => this.log.error("no pairing code", error));
    }
  }

  async #typedCode(sock) {
    const code = await sock.requestPairingCode(String(this.#phone).replace(/\D/g, ""));
    this.parent.event("pairing_code", { code, expires_at: soon(TYPED_CODE_MS) });
  }

  #linked() {
    const { me, platform } = this.auth.creds;
    this.#tell({ phase: "scanned", code: null });
    const told = { jid: plain(me.id), lid: plain(me.lid), name: me.name || null, platform: platform ?? null };
    void this.auth.save([["linked", told]]);
  }

  #opened() {
    this.#mode = "connect";
    this.#tell({ phase: "open", code: null });
    for (const done of [...this.#waiting]) done(true);
  }

  async #closed(error) {
    const verdict = judge(error, { isLinked: this.auth.isLinked });
    this.log.info(`connection ended: ${verdict.code ?? ""} ${verdict.phase}`);
    this.sock = null;
    this.sending.lose();
    await this.records.flush();
    if (this.#mode === null || this.sock) return;
    if (verdict.phase === "expired" && this.#mode === "qr" && (this.#rounds += 1) < ROUNDS) this.#connect();
    else if (verdict.again === "at once") this.#connect();
    else if (verdict.again) this.#later(verdict);
    else this.#stop(verdict);
  }

  #later(verdict) {
    const isBanned = verdict.again === "at its end";
    this.#tell(verdict);
    if (isBanned && !verdict.until) return;
    const wait = isBanned ? Date.parse(verdict.until) - Date.now() : this.#pause();
    this.#tries += 1;
    this.#timer = setTimeout(() => this.#due(verdict), Math.min(Math.max(0, wait), LONGEST_TIMER_MS));
  }

  #pause() {
    return waitBefore({ tries: this.#tries, stoodMs: Date.now() - this.#heldSince });
  }

  #due(verdict) {
    if (verdict.until && Date.parse(verdict.until) > Date.now()) this.#later(verdict);
    else this.#connect();
  }

  /** Nothing more happens by itself. */
  #stop(verdict) {
    this.#mode = null;
    clearTimeout(this.#timer);
    this.#tell(verdict);
    for (const done of [...this.#waiting]) done(false);
    void this.#drop();
  }

  async #drop() {
    const sock = this.sock;
    this.sock = null;
    await sock?.end(undefined);
  }

  #tell({ phase, code, until = null }) {
    if (phase === this.phase && phase !== "backoff") return;
    this.phase = phase;
    this.parent.event("state", { phase, code, until });
  }

  /**
   * Messages are taken where they are opened; here are those that could not be, and what was asked for
   * again.
   */
  #leftOver({ messages, requestId }) {
    for (const message of messages) {
      if (requestId) void this.arrivals.again(message);
      else if (message.messageStubParameters?.[0] === "Message absent from node")
        void this.arrivals.undecryptable(message);
    }
  }

  #named(contacts) {
    const named = contacts.filter(({ id, name }) => name && !isIgnored(id));
    void this.outbox.keep(named.map(({ id, name }) => ["contact", { jid: plain(id), name }]));
  }

  #typing(chat, presences) {
    for (const [sender, { lastKnownPresence: state }] of Object.entries(presences)) {
      if (!["composing", "recording", "paused"].includes(state)) continue;
      this.parent.event("typing", { chat: plain(chat), sender: plain(sender), state });
    }
  }
}

function soon(milliseconds) {
  return new Date(Date.now() + milliseconds).toISOString();
}
