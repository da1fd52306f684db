// Leads a Node program's WhatsApp library to the stand-in: `node --import …/whatsapp_redirect.mjs PROGRAM`
// in the environment that `WhatsAppServer.environment` gives. With `WHATSAPP_HASTE` codes to scan run out so
// many times faster.

import "../../engine/providers/linked/pretend.mjs";

/** How long codes to scan are shown, in milliseconds. */
const CODES_SHOWN = new Set([60_000, 20_000]);
const { WHATSAPP_HASTE } = process.env;

if (WHATSAPP_HASTE) {
  const after = globalThis.setTimeout;
  const shortened = (delay) => (CODES_SHOWN.has(delay) ? delay / Number(WHATSAPP_HASTE) : delay);
  globalThis.setTimeout = Object.assign(
    (work, delay, ...more) => after(work, shortened(delay), ...more),
    after,
  );
}
