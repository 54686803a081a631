#include "echo.h"
#include <stdlib.h>

static void accepted(SoupServer *server, SoupServerMessage *request, const char *path,
                     SoupWebsocketConnection *connection, gpointer unused) {
  echo(g_object_ref(connection));
}

int main(int count, char **arguments) {
  SoupServer *server = soup_server_new(NULL, NULL);
  soup_server_add_websocket_handler(server, NULL, NULL, NULL, accepted, NULL, NULL);
  GSocketAddress *address = g_inet_socket_address_new_from_string("127.0.0.1", atoi(arguments[1]));
  GError *error = NULL;
  if (!soup_server_listen(server, address, 0, &error)) {
    g_printerr("%s\n", error->message);
    return 1;
  }
  g_main_loop_run(g_main_loop_new(NULL, FALSE));
}
