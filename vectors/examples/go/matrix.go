// The matrix of a case: its combinations, and what a name stands for in one of them.
package main

import (
	"encoding/json"
	"strings"
)

func combinations(matrix raw) []point {
	var axes map[string]raw
	optional(matrix, &axes)
	rows := []point{{}}
	for axis, source := range axes {
		var longer []point
		for _, row := range rows {
			for label, value := range points(source) {
				next := point{axis: {label, value}}
				for name, at := range row {
					next[name] = at
				}
				longer = append(longer, next)
			}
		}
		rows = longer
	}
	return rows
}

// points gives the values of an axis by label; in a list, the labels are made from the values.
func points(axis raw) map[string]raw {
	found := map[string]raw{}
	if axis[0] == '{' {
		must(0, json.Unmarshal(axis, &found))
		return found
	}
	var list []raw
	must(0, json.Unmarshal(axis, &list))
	for _, value := range list {
		found[label(value)] = value
	}
	return found
}

func label(value raw) string {
	switch value[0] {
	case '"':
		var text string
		must(0, json.Unmarshal(value, &text))
		return text
	case '[':
		var list []raw
		must(0, json.Unmarshal(value, &list))
		words := []string{}
		for _, item := range list {
			words = append(words, label(item))
		}
		if len(words) == 0 {
			return "none"
		}
		return strings.Join(words, "-")
	}
	return string(value)
}

func (p point) among(except []map[string]raw) bool {
	for _, out := range except {
		all := true
		for axis, value := range out {
			all = all && p[axis].label == label(value)
		}
		if all {
			return true
		}
	}
	return false
}

func (p point) lookUp(axis, field string) (value raw, known bool) {
	at, known := p[axis]
	if known && field != "" {
		var fields map[string]raw
		must(0, json.Unmarshal(at.value, &fields))
		return fields[field], true
	}
	return at.value, known
}
