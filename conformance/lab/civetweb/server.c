/* An echo. The library hands over frames; the fragments of a message are joined here. */
#include <civetweb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct message {
  int opcode;
  char *bytes;
  size_t size;
};

static int accept_all(const struct mg_connection *connection, void *unused) { return 0; }

static void ready(struct mg_connection *connection, void *unused) {
  mg_set_user_connection_data(connection, calloc(1, sizeof(struct message)));
}

static int data(struct mg_connection *connection, struct message *message, int opcode, int fin, const char *payload,
                size_t size) {
  char *grown = realloc(message->bytes, message->size + size + 1);
  if (!grown) return 0;
  memcpy(grown + message->size, payload, size);
  message->bytes = grown;
  message->size += size;
  if (opcode != MG_WEBSOCKET_OPCODE_CONTINUATION) message->opcode = opcode;
  if (fin) {
    mg_websocket_write(connection, message->opcode, message->bytes, message->size);
    message->size = 0;
  }
  return 1;
}

static int frame(struct mg_connection *connection, int first_byte, char *payload, size_t size, void *unused) {
  int opcode = first_byte & 0x0f;
  switch (opcode) {
  case MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE:
    mg_websocket_write(connection, opcode, payload, size);
    return 0;
  case MG_WEBSOCKET_OPCODE_PING:
    mg_websocket_write(connection, MG_WEBSOCKET_OPCODE_PONG, payload, size);
    return 1;
  case MG_WEBSOCKET_OPCODE_PONG:
    return 1;
  default:
    return data(connection, mg_get_user_connection_data(connection), opcode, first_byte & 0x80, payload, size);
  }
}

static void closed(const struct mg_connection *connection, void *unused) {
  struct message *message = mg_get_user_connection_data(connection);
  if (message) free(message->bytes);
  free(message);
}

int main(int count, char **arguments) {
  char address[64];
  snprintf(address, sizeof address, "127.0.0.1:%s", arguments[1]);
  const char *options[] = {"listening_ports", address, "num_threads", "64", "tcp_nodelay", "1", NULL};
  mg_init_library(0);
  struct mg_context *context = mg_start(NULL, NULL, options);
  if (!context) return 1;
  mg_set_websocket_handler(context, "**", accept_all, ready, frame, closed, NULL);
  for (;;) pause();
}
