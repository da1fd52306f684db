// Nothing but frames may reach standard output. libsignal prints whole sessions, private keys and all, with
// console.info: what libraries print is counted and dropped. This module must be the first that is imported.

const write = process.stdout.write.bind(process.stdout);

let dropped = 0;

function drop(...given) {
  dropped += 1;
  const done = given.find((each) => typeof each === "function");
  if (done) done();
  return true;
}

for (const name of Object.keys(console)) {
  if (typeof console[name] === "function") console[name] = drop;
}
process.stdout.write = drop;
process.stderr.write = drop;

/** The only way out: bytes of a frame. */
export function emit(bytes) {
  write(bytes);
}

/** How many lines of libraries were not printed. */
export function droppedLines() {
  return dropped;
}
