require "em-websocket"

EM.run do
  EM::WebSocket.run(host: "127.0.0.1", port: ARGV[0].to_i) do |connection|
    connection.onmessage { |text| connection.send_text(text) }
    connection.onbinary { |bytes| connection.send_binary(bytes) }
  end
end
