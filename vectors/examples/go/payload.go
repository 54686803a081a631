// The words of a vector that stand for bytes.
package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// text is a string, or a list of strings that are joined.
type text string

func (t *text) UnmarshalJSON(source []byte) error {
	lines, err := lines(source)
	*t = text(strings.Join(lines, ""))
	return err
}

// frames are lines of hex with comments.
type frames []byte

func (f *frames) UnmarshalJSON(source []byte) error {
	lines, err := lines(source)
	for _, line := range lines {
		*f = append(*f, unhex(strings.Split(line, "|")[0])...)
	}
	return err
}

func lines(source []byte) (found []string, err error) {
	if source[0] == '"' {
		found = []string{""}
		return found, json.Unmarshal(source, &found[0])
	}
	var list []raw
	err = json.Unmarshal(source, &list)
	for _, item := range list {
		found = append(found, must(lines(item))...)
	}
	return found, err
}

type payload []byte

func (p *payload) UnmarshalJSON(source []byte) error {
	if source[0] == '"' {
		var text string
		err := json.Unmarshal(source, &text)
		*p = payload(text)
		return err
	}
	var fields struct {
		Hex    string
		Base64 []byte
		Concat []payload
		Repeat payload
		Size   int
	}
	err := json.Unmarshal(source, &fields)
	*p = append(unhex(fields.Hex), fields.Base64...)
	for _, part := range fields.Concat {
		*p = append(*p, part...)
	}
	*p = append(*p, bytes.Repeat(fields.Repeat, fields.Size)[:fields.Size]...)
	return err
}

func unhex(text string) []byte { return must(hex.DecodeString(strings.ReplaceAll(text, " ", ""))) }
