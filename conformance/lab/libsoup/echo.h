/* Sends each message of a connection back. */
#include <libsoup/soup.h>

static void echo_message(SoupWebsocketConnection *connection, int type, GBytes *message, gpointer unused) {
  if (soup_websocket_connection_get_state(connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_message(connection, type, message);
}

static void forget(SoupWebsocketConnection *connection, gpointer unused) { g_object_unref(connection); }

/* Takes over a reference to the connection. */
static void echo(SoupWebsocketConnection *connection) {
  soup_websocket_connection_set_max_incoming_payload_size(connection, 64 << 20);
  g_signal_connect(connection, "message", G_CALLBACK(echo_message), NULL);
  g_signal_connect(connection, "closed", G_CALLBACK(forget), NULL);
}
