// A connection without a network: it hands out one piece a read and knows how far it came.
package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"time"
)

type wire struct {
	net.Conn
	before     []byte // an opening handshake that is no part of the vector
	pieces     [][]byte
	start, end int  // where the last piece lies that was taken
	dry        bool // asked for more than there was
}

func (w *wire) Read(into []byte) (n int, err error) {
	if len(w.before) > 0 {
		n = copy(into, w.before)
		w.before = w.before[n:]
		return n, nil
	}
	if len(w.pieces) == 0 {
		w.dry = true
		return 0, io.EOF
	}
	n = copy(into, w.pieces[0])
	w.start, w.end = w.end, w.end+n
	if w.pieces[0] = w.pieces[0][n:]; len(w.pieces[0]) == 0 {
		w.pieces = w.pieces[1:]
	}
	return n, nil
}

func (w *wire) Write(data []byte) (int, error)   { return len(data), nil }
func (w *wire) Close() error                     { return nil }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// hijacked is the answer of an http server that hands over its connection.
type hijacked struct {
	http.ResponseWriter
	w *wire
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.w, bufio.NewReadWriter(bufio.NewReader(h.w), bufio.NewWriter(h.w)), nil
}
