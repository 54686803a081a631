/* Reads URLs, one on each line, and echoes until each connection ends. */
#include "echo.h"
#include <string.h>

static void connected(GObject *session, GAsyncResult *result, gpointer unused) {
  SoupWebsocketConnection *connection =
      soup_session_websocket_connect_finish(SOUP_SESSION(session), result, NULL);
  if (connection) echo(connection);
}

static gboolean line(GIOChannel *input, GIOCondition condition, gpointer loop) {
  char *url = NULL;
  static SoupSession *session;
  if (!session) {
    session = soup_session_new_with_options("max-conns", 1000, "max-conns-per-host", 1000, NULL);
    soup_session_add_feature_by_type(session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  }
  if (g_io_channel_read_line(input, &url, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
    g_main_loop_quit(loop);
    return FALSE;
  }
  SoupMessage *message = soup_message_new("GET", g_strstrip(url));
  const char *offered = g_getenv("WSSPEC_SUBPROTOCOLS");
  char **subprotocols = offered && *offered ? g_strsplit(offered, ",", 0) : NULL;
  if (message)
    soup_session_websocket_connect_async(session, message, NULL, subprotocols, G_PRIORITY_DEFAULT, NULL, connected,
                                         NULL);
  g_strfreev(subprotocols);
  g_free(url);
  return TRUE;
}

int main(void) {
  GMainLoop *loop = g_main_loop_new(NULL, FALSE);
  GIOChannel *input = g_io_channel_unix_new(0);
  /* Or a line that is read already waits in its buffer for the next. */
  g_io_channel_set_encoding(input, NULL, NULL);
  g_io_add_watch(input, G_IO_IN | G_IO_HUP, line, loop);
  g_main_loop_run(loop);
}
