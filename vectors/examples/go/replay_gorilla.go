// Replays the parse vectors against gorilla/websocket: frames in both roles, and the opening handshake of the client.
//
//	go mod init replay && go get github.com/gorilla/websocket
//	go run . -allow gorilla.txt
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net"
	"net/http"

	"github.com/gorilla/websocket"
)

const answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

var words = map[int]string{websocket.TextMessage: "text", websocket.BinaryMessage: "binary"}

func parse(v vector, pieces [][]byte) (got outcome) {
	add := func(word string, data []byte) error {
		got.events = append(got.events, event{word, data})
		return nil
	}
	w := &wire{pieces: pieces}
	conn, err := open(v, w)
	if err == nil {
		if v.Head != "" {
			add("opened", []byte(conn.Subprotocol()))
		}
		conn.SetPingHandler(func(data string) error { return add("ping", []byte(data)) })
		conn.SetPongHandler(func(data string) error { return add("pong", []byte(data)) })
		conn.SetCloseHandler(func(code int, reason string) error {
			if code == websocket.CloseNoStatusReceived {
				return add("close", nil)
			}
			return add("close", closeBody(code, reason))
		})
	}
	for err == nil {
		var kind int
		var data []byte
		if kind, data, err = conn.ReadMessage(); err == nil {
			add(words[kind], data)
		}
	}
	// Not a failure: a Close, and the end of the pieces, at which a network would let it wait. A bad answer is one,
	// although gorilla reads on behind it to keep what the server said.
	closed := errors.As(err, new(*websocket.CloseError))
	if !closed && !w.dry || errors.Is(err, websocket.ErrBadHandshake) {
		got.failure, got.start, got.end = err, w.start, w.end
	}
	return got
}

func open(v vector, w *wire) (*websocket.Conn, error) {
	if v.Role == "server" {
		fields := http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}
		fields.Set("Sec-WebSocket-Version", "13")
		fields.Set("Sec-WebSocket-Key", v.Key)
		return (&websocket.Upgrader{}).Upgrade(hijacked{w: w}, &http.Request{Method: "GET", Header: fields}, nil)
	}
	if v.Head == "" {
		w.before = []byte(answer)
	}
	rand.Reader = bytes.NewReader(must(base64.StdEncoding.DecodeString(v.Key))) // where gorilla takes its key from
	dial := func(string, string) (net.Conn, error) { return w, nil }
	conn, _, err := (&websocket.Dialer{NetDial: dial, Subprotocols: v.Subprotocols}).Dial("ws://example.com/", nil)
	return conn, err
}

func skip(v vector) string {
	key := must(base64.StdEncoding.DecodeString(v.Key))
	switch {
	case v.Role == "server" && v.Head != "":
		return "an opening request, which gorilla leaves to net/http"
	case v.Deflate != nil || v.Offer != nil:
		return "permessage-deflate, which gorilla agrees on without context takeover only"
	case v.Violation != nil && v.Violation.Is == "text-not-utf8":
		return "UTF-8 of messages, which gorilla leaves to the application and says so"
	case base64.StdEncoding.EncodeToString(key) != v.Key:
		return "a key with pad bits, which gorilla's encoder cannot make"
	}
	return ""
}

func main() { run("gorilla/websocket", parse, skip) }
