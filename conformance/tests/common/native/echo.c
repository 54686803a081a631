/* A WebSocket echo server with a planted fault: a message that begins with "OPEN" ends it. Each of the
 * four bytes is compared on its own, as a parser of commands does.
 *
 * One thread for each connection; messages of at most MAX bytes. */

#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX = 4 << 20, HEAD = 65536 };

static uint32_t left(uint32_t x, int by) { return x << by | x >> (32 - by); }

static void sha1(const uint8_t *text, size_t size, uint8_t digest[20]) {
  uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  uint8_t padded[128] = {0};
  size_t blocks = (size + 8) / 64 + 1;
  memcpy(padded, text, size);
  padded[size] = 0x80;
  for (int i = 0; i < 8; i++) padded[blocks * 64 - 1 - i] = (uint64_t)size * 8 >> 8 * i;
  for (size_t block = 0; block < blocks; block++) {
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 80; i++) {
      const uint8_t *at = padded + block * 64 + i * 4;
      w[i] = i < 16 ? (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3]
                    : left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
      uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
      uint32_t next = left(a, 5) + f + e + k + w[i];
      e = d, d = c, c = left(b, 30), b = a, a = next;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
  }
  for (int i = 0; i < 20; i++) digest[i] = h[i / 4] >> (24 - i % 4 * 8);
}

static void base64(const uint8_t *bytes, size_t size, char *text) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < size; i += 3) {
    uint32_t three = bytes[i] << 16 | (i + 1 < size ? bytes[i + 1] << 8 : 0) | (i + 2 < size ? bytes[i + 2] : 0);
    for (int j = 0; j < 4; j++) *text++ = i + j > size ? '=' : digits[three >> (18 - 6 * j) & 63];
  }
  *text = 0;
}

static int take(int peer, void *bytes, size_t size) {
  for (uint8_t *at = bytes; size;) {
    ssize_t taken = recv(peer, at, size, 0);
    if (taken <= 0) return 0;
    at += taken, size -= taken;
  }
  return 1;
}

static void give(int peer, uint8_t opcode, const uint8_t *bytes, size_t size) {
  uint8_t head[10] = {0x80 | opcode};
  size_t length = size < 126 ? 2 : size < 65536 ? 4 : 10;
  head[1] = length == 2 ? size : length == 4 ? 126 : 127;
  for (size_t i = 2; i < length; i++) head[i] = (uint64_t)size >> 8 * (length - 1 - i);
  if (send(peer, head, length, MSG_NOSIGNAL | MSG_MORE) < 0) return;
  while (size) {
    ssize_t given = send(peer, bytes, size, MSG_NOSIGNAL);
    if (given <= 0) return;
    bytes += given, size -= given;
  }
}

static void fail(int peer, uint16_t code) {
  uint8_t body[2] = {code >> 8, code};
  give(peer, 8, body, 2);
}

static int is_utf8(const uint8_t *at, size_t size) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  for (size_t i = 0; i < size;) {
    int length = at[i] < 0x80 ? 1 : (at[i] & 0xe0) == 0xc0 ? 2 : (at[i] & 0xf0) == 0xe0 ? 3 : (at[i] & 0xf8) == 0xf0 ? 4 : 0;
    if (!length || i + length > size) return 0;
    uint32_t point = length == 1 ? at[i] : at[i] & (0x7f >> length);
    for (int j = 1; j < length; j++) {
      if ((at[i + j] & 0xc0) != 0x80) return 0;
      point = point << 6 | (at[i + j] & 0x3f);
    }
    if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return 0;
    i += length;
  }
  return 1;
}

static int may_close_with(uint16_t code) {
  return (code >= 1000 && code < 1015 && (code < 1004 || code > 1006)) || (code >= 3000 && code < 5000);
}

/* The planted fault. */
static void read_command(const uint8_t *text, size_t size) {
  if (size < 4) return;
  if (text[0] != 'O') return;
  if (text[1] != 'P') return;
  if (text[2] != 'E') return;
  if (text[3] != 'N') return;
  abort();
}

/* The value of the field with this name and its colon, or 0. */
static const char *field(const char *head, const char *name) {
  for (const char *line = strstr(head, "\r\n"); line[2] != '\r'; line = strstr(line + 2, "\r\n"))
    if (!strncasecmp(line + 2, name, strlen(name))) {
      const char *value = line + 2 + strlen(name);
      return value + strspn(value, " \t");
    }
  return 0;
}

static int open_connection(int peer) {
  static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  char head[HEAD + 1];
  size_t size = 0;
  do {
    if (size == HEAD || !take(peer, head + size, 1)) return 0;
    head[++size] = 0;
  } while (size < 4 || memcmp(head + size - 4, "\r\n\r\n", 4));
  const char *key = field(head, "Sec-WebSocket-Key:"), *version = field(head, "Sec-WebSocket-Version:");
  if (!key || strcspn(key, " \t\r") != 24 || !version || strncmp(version, "13\r", 3) ||
      !field(head, "Upgrade:") || !field(head, "Connection:") || strncmp(head, "GET ", 4)) {
    static const char refusal[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    send(peer, refusal, sizeof refusal - 1, MSG_NOSIGNAL);
    return 0;
  }
  char text[64], accept[32], answer[256];
  uint8_t digest[20];
  int length = snprintf(text, sizeof text, "%.24s%s", key, guid);
  sha1((uint8_t *)text, length, digest);
  base64(digest, sizeof digest, accept);
  length = snprintf(answer, sizeof answer,
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
  return send(peer, answer, length, MSG_NOSIGNAL) == length;
}

/* Reads a frame, and does what it asks for. Whether the connection goes on. */
static int step(int peer, uint8_t *message, size_t *held, uint8_t *kind) {
  uint8_t head[2], more[8], mask[4], control[125];
  if (!take(peer, head, 2)) return 0;
  uint8_t opcode = head[0] & 15, final = head[0] >> 7, is_control = opcode >= 8;
  uint64_t size = head[1] & 127;
  if (head[0] & 0x70 || !(head[1] & 0x80)) return fail(peer, 1002), 0;
  if (opcode > 10 || (opcode > 2 && opcode < 8)) return fail(peer, 1002), 0;
  if (is_control && (!final || size > 125)) return fail(peer, 1002), 0;
  if (!is_control && !opcode == !*kind) return fail(peer, 1002), 0;
  if (size > 125) {
    int bytes = size == 126 ? 2 : 8;
    if (!take(peer, more, bytes)) return 0;
    size = 0;
    for (int i = 0; i < bytes; i++) size = size << 8 | more[i];
    if (size >> 63 || size < (bytes == 2 ? 126 : 65536)) return fail(peer, 1002), 0;
  }
  if (!is_control && size > MAX - *held) return fail(peer, 1009), 0;
  uint8_t *at = is_control ? control : message + *held;
  if (!take(peer, mask, 4) || !take(peer, at, size)) return 0;
  for (uint64_t i = 0; i < size; i++) at[i] ^= mask[i % 4];
  if (opcode == 9) give(peer, 10, control, size);
  if (opcode == 8) {
    uint16_t code = size > 1 ? control[0] << 8 | control[1] : 1000;
    if (size == 1 || !may_close_with(code)) fail(peer, 1002);
    else if (size > 2 && !is_utf8(control + 2, size - 2)) fail(peer, 1007);
    else give(peer, 8, control, size > 2 ? 2 : size);
    return 0;
  }
  if (is_control) return 1;
  if (opcode) *kind = opcode;
  *held += size;
  if (!final) return 1;
  if (*kind == 1 && !is_utf8(message, *held)) return fail(peer, 1007), 0;
  read_command(message, *held);
  give(peer, *kind, message, *held);
  *held = *kind = 0;
  return 1;
}

static void *serve(void *connection) {
  int peer = (intptr_t)connection;
  uint8_t *message = malloc(MAX), kind = 0, rest[4096];
  size_t held = 0;
  if (message && open_connection(peer))
    while (step(peer, message, &held, &kind)) {}
  shutdown(peer, SHUT_WR);
  while (recv(peer, rest, sizeof rest, 0) > 0) {}
  close(peer);
  free(message);
  return 0;
}

int main(int count, char **words) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(count > 1 ? atoi(words[1]) : 9001)};
  int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 128)) return perror("cannot listen"), 1;
  for (;;) {
    pthread_t thread;
    int peer = accept(listener, 0, 0);
    if (peer >= 0 && !pthread_create(&thread, 0, serve, (void *)(intptr_t)peer)) pthread_detach(thread);
  }
}
