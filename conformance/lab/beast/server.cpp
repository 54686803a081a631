// An echo, with a thread for each connection.
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdlib>
#include <thread>

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::asio::ip::tcp;

static void echo(tcp::socket socket) {
  try {
    websocket::stream<tcp::socket> stream{std::move(socket)};
    websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    stream.set_option(deflate);
    stream.accept();
    for (;;) {
      beast::flat_buffer message;
      stream.read(message);
      stream.text(stream.got_text());
      stream.write(message.data());
    }
  } catch (const std::exception &) {
    // The connection is over.
  }
}

int main(int, char **arguments) {
  boost::asio::io_context io;
  auto port = static_cast<unsigned short>(std::atoi(arguments[1]));
  tcp::acceptor acceptor{io, {boost::asio::ip::make_address("127.0.0.1"), port}};
  for (;;) {
    tcp::socket socket{io};
    boost::system::error_code error;
    acceptor.accept(socket, error);
    if (!error) std::thread(echo, std::move(socket)).detach();
  }
}
