// What the end of a connection means: decisions without side effects.

import { Untrusted } from "./trust.mjs";

const LOGGED_OUT = new Set([401, 403, 406]);
const RESTART = 515;
const QR_OVER = "QR refs attempts ended";
const LONGEST_WAIT = 60;
/** What fell sooner may fall again: some time lies between one such connection and the next. */
const STOOD_MS = 10_000;
const BRIEF_MS = 250;

/**
 * `{phase, code, until}`, and `again`: at once, later, or (undefined) only by somebody's doing. `isLinked`
 * tells a session from an attempt to link one.
 */
export function judge(error, { isLinked, now = Date.now() }) {
  if (error instanceof Untrusted) return { phase: "failed", code: "certificate" };
  const status = error?.output?.statusCode ?? 428;
  const code = String(status);
  if (status === RESTART) return { phase: "connecting", code, again: "at once" };
  if (status === 440) return { phase: "replaced", code };
  if (status === 405) return { phase: "outdated", code };
  if (status === 402) return { phase: "banned", code, until: banEnd(error.data, now), again: "at its end" };
  if (LOGGED_OUT.has(status) && isLinked) return { phase: "logged_out", code };
  if (!isLinked && error?.message === QR_OVER) return { phase: "expired", code };
  return { phase: "backoff", code, again: "later" };
}

/**
 * Milliseconds: none after a connection that had stood, and then full jitter, which is any time up to a limit
 * that doubles with every try that failed. `tries` have failed since WhatsApp let us in, `stoodMs` ago.
 */
export function waitBefore({ tries, stoodMs }, chance = Math.random()) {
  if (tries === 0) return stoodMs >= STOOD_MS ? 0 : chance * BRIEF_MS;
  return chance * Math.min(LONGEST_WAIT, 2 ** tries) * 1000;
}

function banEnd(data, now) {
  const seconds = Number(data?.expire);
  return Number.isFinite(seconds) && seconds > 0 ? new Date(now + seconds * 1000).toISOString() : null;
}
