// Cuts the bytes of a vector in several ways and judges what a parser made of them. Knows no library.
package main

import (
	"fmt"
	"hash/fnv"
	"math/rand"
)

// outcome is what a parser made of the pieces; the last one that it took lies at start to end.
type outcome struct {
	events     []event
	failure    error
	start, end int
}

// cut gives the bytes whole, byte by byte, or cut at random, in copies that a parser may scribble on.
func cut(data []byte, how, seed string) (pieces [][]byte) {
	hash := fnv.New64()
	hash.Write([]byte(seed + how))
	dice := rand.New(rand.NewSource(int64(hash.Sum64())))
	for n := 0; len(data) > 0; data = data[n:] {
		switch how {
		case "whole":
			n = len(data)
		case "each byte":
			n = 1
		default:
			if n = 1 + dice.Intn(7); n > len(data) {
				n = len(data)
			}
		}
		pieces = append(pieces, append([]byte(nil), data[:n]...))
	}
	return pieces
}

// judge gives the difference, as kind and words; no kind means none.
func judge(v vector, got outcome) (kind, words string) {
	said := fmt.Sprintf("%v in bytes %d to %d", got.failure, got.start, got.end-1)
	wanted, last := v.Violation, len(v.Head)+len(v.Bytes)-1
	switch {
	case got.failure != nil && wanted == nil:
		return "refuses", said
	case got.failure == nil && wanted != nil:
		return "accepts", fmt.Sprintf("no failure but %s, instead of %s at %d", got.events, wanted.Is, wanted.At)
	case wanted != nil:
		if wanted.At < len(v.Head) {
			last = len(v.Head) - 1
		}
		if wanted.By != nil {
			last = *wanted.By
		}
		words = fmt.Sprintf("%s, instead of %d to %d", said, wanted.At, last)
		if got.end <= wanted.At {
			return "early", words
		} else if got.start > last {
			return "late", words
		}
	}
	same := len(got.events) == len(v.Events)
	for n := 0; same && n < len(v.Events); n++ {
		came, wanted := got.events[n], v.Events[n]
		unnamed := wanted.word == "opened" && len(wanted.data) == 0
		same = came.word == wanted.word && (unnamed || string(came.data) == string(wanted.data))
	}
	if !same {
		return "events", fmt.Sprintf("%s instead of %s", got.events, v.Events)
	}
	return "", ""
}
