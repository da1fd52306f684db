// A device that could not read a message of ours asks for it once more: it alone gets it, under the same id.
//
// The library would send it to every device of both sides again, and to whoever asks for it.

import { buildAckStanza, extractE2ESessionFromRetryReceipt, getBinaryNodeChild } from "@whiskeysockets/baileys";
import { isGroup, isOwn, isPhone, plain } from "./addresses.mjs";

/** WhatsApp's own clients stop after as many. */
const MOST = 5;

export const asksAgain = ({ attrs }) => attrs.type === "retry";

export class Repeats {
  /** `session`, `sending`, `sent`, `auth`, `log`. */
  constructor(parts) {
    Object.assign(this, parts);
  }

  /** Whether it was about a message of ours, and is dealt with. */
  async take(receipt) {
    const record = await this.sent.recall(receipt.attrs.id);
    const { sock } = this.session;
    if (!record || !sock) return false;
    try {
      await this.#repeat(sock, receipt, record);
    } catch (error) {
      this.log.error("a message could not go again", error);
    }
    await sock.sendNode(buildAckStanza(receipt));
    return true;
  }

  async #repeat(sock, receipt, record) {
    const { id, from, participant, recipient } = receipt.attrs;
    const device = participant ?? from;
    const chat = isOwn(device, this.auth.creds.me) && recipient ? recipient : from;
    const count = Number(getBinaryNodeChild(receipt, "retry")?.attrs.count ?? 1);
    if (count > MOST || !(await this.#isOf(sock, record, chat))) return;
    await this.#meet(sock, device, receipt);
    if (isGroup(chat)) await sock.authState.keys.set({ "sender-key-memory": { [chat]: null } });
    await this.sending.again(id, record, { chat, participant: { jid: device, count } });
  }

  /** Nobody gets what was written to somebody else. */
  async #isOf(sock, { to }, chat) {
    const [meant, asked] = [plain(to), plain(chat)];
    if (meant === asked || isGroup(meant) || isGroup(asked)) return meant === asked;
    const [phone, hidden] = isPhone(meant) ? [meant, asked] : [asked, meant];
    return plain(await sock.signalRepository.lidMapping.getLIDForPN(phone)) === hidden;
  }

  /** The keys that came with the question, else those the server has, begin a new session. */
  async #meet(sock, device, receipt) {
    const session = extractE2ESessionFromRetryReceipt(receipt);
    if (session) await sock.signalRepository.injectE2ESession({ jid: device, session });
    else await sock.assertSessions([device], true);
  }
}
