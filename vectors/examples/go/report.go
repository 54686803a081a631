// Replays every vector and prints each difference that is neither allowed nor free. Knows no library.
package main

import (
	"flag"
	"fmt"
	"os"
	"path"
	"strings"
)

// run replays everything with parse; skip gives the reason to leave a vector out, or none.
func run(title string, parse func(vector, [][]byte) outcome, skip func(vector) string) {
	folder := flag.String("vectors", "../../parse", "folder of the parse vectors")
	allow := flag.String("allow", os.DevNull, "file with lines of: id pattern, kind, reason")
	free := flag.Bool("free", false, "print the differences that are free as well")
	flag.Parse()
	verdict, allowed := verdicts(*folder), allowances(*allow) // and whether each was seen
	count, skipped, vectors := map[string]int{}, map[string]int{}, load(*folder)
	for _, v := range vectors {
		if reason := skip(v); reason != "" {
			skipped[reason]++
			count["skipped"]++
			continue
		}
		found, result := map[string]bool{}, "agree"
		for _, how := range []string{"whole", "each byte", "random 1", "random 2", "random 3"} {
			count["replays"]++
			kind, words := judge(v, parse(v, cut(append([]byte(v.Head), v.Bytes...), how, v.ID)))
			if kind == "" || found[kind] {
				continue
			}
			found[kind] = true
			if v.Freedom != "" {
				if *free {
					fmt.Printf("free: %s %s\n    %.300s; %s\n    %s\n", v.ID, kind, words, how, v.Freedom)
				}
				if result == "agree" {
					result = "free"
				}
				continue
			}
			known := false
			for line := range allowed {
				if line[1] == kind && must(path.Match(line[0], v.ID)) {
					known, allowed[line] = true, true
				}
			}
			if known && result != "differ" {
				result = "known"
			} else if !known {
				result = "differ"
				clauses := []string{}
				for _, id := range v.Requirements {
					clauses = append(clauses, verdict[id])
				}
				fmt.Printf("%s %s\n    %.300s; %s\n    %s\n", v.ID, kind, words, how, strings.Join(clauses, ", "))
			}
		}
		count[result]++
	}
	for line, seen := range allowed {
		if !seen {
			fmt.Println("allowed but not seen:", line[0], line[1])
		}
	}
	for reason, n := range skipped {
		fmt.Printf("skipped %d: %s\n", n, reason)
	}
	fmt.Printf("%s: %d vectors, %d replays, %d agree, %d differ freely, %d differ as allowed, %d differ, %d skipped\n",
		title, len(vectors), count["replays"], count["agree"], count["free"], count["known"], count["differ"], count["skipped"])
	if count["differ"] > 0 {
		os.Exit(1)
	}
}
