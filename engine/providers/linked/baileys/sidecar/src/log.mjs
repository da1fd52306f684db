// A log of a bounded size in the session's folder. It names what happened, never what was said or to whom.

import { appendFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";

/** Of each of the two files: the newer is written, the older is what was before it. */
const LONGEST = 512 * 1024;
const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };

/** Numbers of people, and whatever may be a key, leave nothing but their place. */
export function redact(text) {
  return String(text)
    .replace(/[A-Za-z0-9+/_=-]{24,}/g, "…")
    .replace(/\d{5,}/g, "…")
    .slice(0, 500);
}

export class RingLog {
  #path;
  #size;

  constructor(folder, name = "host.log") {
    this.#path = join(folder, name);
    this.#size = sizeOf(this.#path);
  }

  write(level, text) {
    const line = `${new Date().toISOString()} ${level} ${redact(text)}\n`;
    if (this.#size + line.length > LONGEST) {
      renameSync(this.#path, `${this.#path}.1`);
      this.#size = 0;
    }
    appendFileSync(this.#path, line, { mode: 0o600 });
    this.#size += line.length;
  }

  info(text) {
    this.write("info", text);
  }

  error(text, error) {
    this.write("error", `${text}: ${describe(error)}`);
  }
}

/** What Baileys takes for a pino logger. Of the objects it hands over only the error's kind is kept. */
export function libraryLogger(log, lowest = "warn") {
  const logger = { level: lowest, child: () => logger };
  for (const [name, value] of Object.entries(LEVELS)) {
    logger[name] = value < LEVELS[lowest] ? () => {} : (...given) => log.write(name, told(given));
  }
  return logger;
}

function told(given) {
  const words = given.filter((each) => typeof each === "string");
  const objects = given.filter((each) => each && typeof each === "object");
  const errors = objects.flatMap((each) => [each, each.err, each.error, each.e]);
  return [...words, ...errors.filter((each) => each instanceof Error).map(describe)].join("; ");
}

function describe(error) {
  return error instanceof Error ? `${error.name} ${error.message}` : typeof error;
}

function sizeOf(path) {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
