// Sends each frame back.
#include <Poco/Buffer.h>
#include <Poco/Event.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/WebSocket.h>
#include <Poco/ThreadPool.h>
#include <cstdlib>

using namespace Poco::Net;

struct Echo : HTTPRequestHandler {
  void handleRequest(HTTPServerRequest &request, HTTPServerResponse &response) override {
    try {
      WebSocket socket(request, response);
      socket.setReceiveTimeout(Poco::Timespan(3600, 0));
      while (frame(socket)) {
      }
    } catch (const WebSocketException &error) {
      if (error.code() == WebSocket::WS_ERR_HANDSHAKE_UNSUPPORTED_VERSION)
        response.set("Sec-WebSocket-Version", WebSocket::WEBSOCKET_VERSION);
      if (!response.sent()) {
        response.setStatusAndReason(HTTPResponse::HTTP_BAD_REQUEST);
        response.setContentLength(0);
        response.send();
      }
    } catch (const Poco::Exception &) {
      // The connection is over.
    }
  }

  // Answers a frame; false after the last one.
  bool frame(WebSocket &socket) {
    Poco::Buffer<char> payload(0);
    int flags = 0;
    int size = socket.receiveFrame(payload, flags);
    int opcode = flags & WebSocket::FRAME_OP_BITMASK;
    if (size <= 0 && flags == 0) return false;
    if (opcode == WebSocket::FRAME_OP_PING)
      flags = WebSocket::FRAME_FLAG_FIN | WebSocket::FRAME_OP_PONG;
    if (opcode != WebSocket::FRAME_OP_PONG) socket.sendFrame(payload.begin(), size, flags);
    return opcode != WebSocket::FRAME_OP_CLOSE;
  }
};

struct Factory : HTTPRequestHandlerFactory {
  HTTPRequestHandler *createRequestHandler(const HTTPServerRequest &) override { return new Echo; }
};

int main(int, char **arguments) {
  auto port = static_cast<Poco::UInt16>(std::atoi(arguments[1]));
  ServerSocket listener(SocketAddress("127.0.0.1", port));
  Poco::ThreadPool threads(4, 128);
  auto *parameters = new HTTPServerParams;
  parameters->setMaxThreads(128);
  HTTPServer server(new Factory, threads, listener, parameters);
  server.start();
  Poco::Event().wait();
}
