import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketError;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketMessage;
import org.eclipse.jetty.websocket.api.annotations.WebSocket;
import org.eclipse.jetty.websocket.server.WebSocketHandler;
import org.eclipse.jetty.websocket.servlet.WebSocketServletFactory;

/** Sends each message back. */
@WebSocket
public class Echo {
  @OnWebSocketMessage
  public void text(Session session, String message) throws Exception {
    if (session.isOpen()) session.getRemote().sendString(message);
  }

  @OnWebSocketMessage
  public void binary(Session session, byte[] bytes, int offset, int length) throws Exception {
    if (session.isOpen()) session.getRemote().sendBytes(ByteBuffer.wrap(bytes, offset, length));
  }

  @OnWebSocketError
  public void error(Session session, Throwable error) {}

  /** Listens on the port of the first argument. */
  public static void main(String[] arguments) throws Exception {
    System.setProperty("org.eclipse.jetty.util.log.class", "org.eclipse.jetty.util.log.StdErrLog");
    System.setProperty("org.eclipse.jetty.LEVEL", "OFF");
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(arguments[0]));
    server.addConnector(connector);
    server.setHandler(new WebSocketHandler() {
      @Override
      public void configure(WebSocketServletFactory factory) {
        factory.register(Echo.class);
      }
    });
    server.start();
    server.join();
  }
}
