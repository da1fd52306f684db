/* HMAC-SHA-256 (FIPS 180-4, RFC 2104) in hexadecimal, for keys of at most 64 bytes. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const uint32_t ROUND_CONSTANTS[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const uint32_t INITIAL_HASH[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static uint32_t rotate(uint32_t word, int bits) { return word >> bits | word << (32 - bits); }

static void mix_block(uint32_t *hash, const uint8_t *block) {
    uint32_t words[64], s[8];
    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t x = words[i - 15], y = words[i - 2];
        words[i] = words[i - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + words[i - 7]
                   + (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
    }
    memcpy(s, hash, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
        uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        uint32_t one = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) + choice
                       + ROUND_CONSTANTS[i] + words[i];
        uint32_t two = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + majority;
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < 8; i++) hash[i] += s[i];
}

/* The digest of a 64-byte prefix followed by the message. */
static void sha256_after(const uint8_t *prefix, const uint8_t *message, size_t length, uint8_t *digest) {
    uint32_t hash[8];
    uint8_t tail[128] = {0};
    uint64_t bits = (length + 64) * 8;
    memcpy(hash, INITIAL_HASH, sizeof hash);
    mix_block(hash, prefix);
    for (; length >= 64; message += 64, length -= 64) mix_block(hash, message);
    memcpy(tail, message, length);
    tail[length] = 0x80;
    int padded = length < 56 ? 64 : 128;
    for (int i = 0; i < 8; i++) tail[padded - 1 - i] = bits >> (8 * i);
    for (int at = 0; at < padded; at += 64) mix_block(hash, tail + at);
    for (int i = 0; i < 32; i++) digest[i] = hash[i / 4] >> (24 - 8 * (i % 4));
}

static void hmac_hex(const char *key, const char *message, size_t length, char *hex) {
    uint8_t inner[64], outer[64], digest[32], result[32];
    memset(inner, 0x36, 64);
    memset(outer, 0x5c, 64);
    for (size_t i = 0; key[i] && i < 64; i++) {
        inner[i] ^= key[i];
        outer[i] ^= key[i];
    }
    sha256_after(inner, (const uint8_t *)message, length, digest);
    sha256_after(outer, digest, 32, result);
    for (int i = 0; i < 32; i++) sprintf(hex + 2 * i, "%02x", result[i]);
}
