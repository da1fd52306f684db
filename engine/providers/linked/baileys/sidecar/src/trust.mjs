// What the library should check and does not: signatures, and whom the server's certificate is for.
//
// libsignal 6 answers with a boolean where the library expects an exception, so every signature passes; it
// skips the check of signed pre-keys altogether; and the chain of the handshake is compared with neither the
// server's own key nor the date. All of it goes through objects that can be changed from outside.

import { Curve, WA_CERT_DETAILS, proto } from "@whiskeysockets/baileys";
import curve from "libsignal/src/curve.js";
import { calculateSignature, verifySignature } from "whatsapp-rust-bridge";

const { CertChain } = proto;

/** The server is not WhatsApp's, or its certificate is not in order. */
export class Untrusted extends Error {
  name = "Untrusted";
}

/** Must come before the first connection. */
export function restoreChecks(now = () => Date.now()) {
  checkSignatures();
  checkCertificates(now);
}

/** And takes those of WebAssembly: in plain JavaScript, one takes as long as a whole message. */
function checkSignatures() {
  curve.verifySignature = (key, message, signature) => {
    if (verifySignature(key, message, signature) !== true) throw new Error("a signature is wrong");
    return true;
  };
  curve.calculateSignature = (key, message) => Buffer.from(calculateSignature(key, message));
}

function checkCertificates(now) {
  const agree = Curve.sharedKey;
  const decode = CertChain.decode;
  // The handshake agrees on a key with the server's own one, and decodes the chain in the same breath.
  let server = null;
  Curve.sharedKey = (secret, theirs) => {
    server = theirs;
    return agree(secret, theirs);
  };
  CertChain.decode = (...given) => {
    const chain = decode.apply(CertChain, given);
    checkChain(chain, server, now() / 1000);
    return chain;
  };
}

function checkChain(chain, server, seconds) {
  const [leaf, intermediate] = [chain.leaf, chain.intermediate].map(detailsOf);
  if (
    !isSignedBy(WA_CERT_DETAILS.PUBLIC_KEY, chain.intermediate) ||
    !isSignedBy(intermediate.key, chain.leaf)
  ) {
    throw new Untrusted("a certificate is not signed");
  }
  if (intermediate.issuerSerial !== WA_CERT_DETAILS.SERIAL || leaf.issuerSerial !== intermediate.serial) {
    throw new Untrusted("a certificate is of another issuer");
  }
  if (!server || !Buffer.from(leaf.key).equals(Buffer.from(server))) {
    throw new Untrusted("the certificate is for another server");
  }
  for (const { notBefore, notAfter } of [leaf, intermediate]) {
    if (Number(notBefore) > seconds || Number(notAfter) < seconds)
      throw new Untrusted("a certificate is not in date");
  }
}

function detailsOf(certificate) {
  if (!certificate?.details || !certificate.signature) throw new Untrusted("a certificate is missing");
  return CertChain.NoiseCertificate.Details.decode(certificate.details);
}

function isSignedBy(key, { details, signature }) {
  return Curve.verify(Buffer.from(key), Buffer.from(details), Buffer.from(signature));
}
