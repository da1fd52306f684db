// Frames of the engine's protocol: four bytes of length, big endian, and a JSON object.

/** Of one frame; the other side refuses longer ones. */
export const LONGEST = 16 << 20;

export function pack(said) {
  const body = Buffer.from(JSON.stringify(said));
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32BE(body.length, 0);
  body.copy(frame, 4);
  return frame;
}

/** Calls `take` with every whole frame of a stream of chunks. Throws at what is no frame. */
export function reader(take) {
  let held = Buffer.alloc(0);
  return (chunk) => {
    held = held.length ? Buffer.concat([held, chunk]) : chunk;
    while (held.length >= 4) {
      const length = held.readUInt32BE(0);
      if (length > LONGEST) throw new RangeError("the parent sent what is no frame");
      if (held.length < 4 + length) return;
      const body = held.subarray(4, 4 + length);
      held = held.subarray(4 + length);
      take(JSON.parse(body.toString("utf8")));
    }
  };
}
