// The events of a vector.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
)

type event struct {
	word string
	data []byte // of "opened": the subprotocol, where the vector names one
}

func (e *event) UnmarshalJSON(source []byte) (err error) {
	var words map[string]raw
	err = json.Unmarshal(source, &words)
	for word, value := range words {
		var fields struct {
			Subprotocol  string
			Body, Reason payload
			Code         int
		}
		switch e.word = word; {
		case word != "opened" && word != "close":
			must(0, json.Unmarshal(value, (*payload)(&e.data)))
		case value[0] == '{':
			must(0, json.Unmarshal(value, &fields))
			e.data = append([]byte(fields.Subprotocol), fields.Body...)
		case value[0] != 'n':
			must(0, json.Unmarshal(value, &fields.Code))
		}
		if fields.Code != 0 {
			e.data = closeBody(fields.Code, string(fields.Reason))
		}
	}
	return err
}

func closeBody(code int, reason string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)
}

func (e event) String() string { return fmt.Sprintf("%s %q", e.word, e.data) }
