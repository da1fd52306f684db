// Why a command was not done, in the words the engine knows.

/**
 * `code`: `not_connected` and `busy` mean that nothing left; `timeout` and `lost` that it may have; `nack`
 * that WhatsApp refused, with its own number in `waCode`; any other word is final.
 */
export class Refusal extends Error {
  constructor(code, text, waCode = null) {
    super(text);
    this.code = code;
    this.waCode = waCode;
  }
}

export function notConnected() {
  return new Refusal("not_connected", "The number is not connected");
}
