package collect

import (
	"strings"

	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Finding is one thing that was found wrong, in the words of this look.
type Finding struct{ Cause, Detail string }

// and stands in a run's detail between what was found.
const and = "; also "

// note adds findings to what is wrong with a run. The gravest is its cause; the
// detail tells of it first and names the others: "…; also clock_skew: …".
func note(run *store.Run, all ...Finding) {
	for _, f := range all {
		f.Detail = strings.ReplaceAll(f.Detail, and, ", ")
		found := Findings(run.Cause, run.Detail)
		at := len(found)
		for i, have := range found {
			if have.Cause == f.Cause {
				at = -1
				break
			}
			if rank(f.Cause) < rank(have.Cause) {
				at = i
				break
			}
		}
		if at < 0 {
			continue
		}
		found = append(found[:at:at], append([]Finding{f}, found[at:]...)...)
		run.Cause, run.Detail = joined(found)
	}
}

func joined(all []Finding) (cause, detail string) {
	parts := []string{all[0].Detail}
	for _, f := range all[1:] {
		parts = append(parts, f.Cause+": "+f.Detail)
	}
	return all[0].Cause, strings.Join(parts, and)
}

// Findings takes the cause and the detail of a run apart: all that was found.
func Findings(cause, detail string) []Finding {
	if cause == "" {
		return nil
	}
	first, rest, more := strings.Cut(detail, and)
	all := []Finding{{cause, first}}
	for more {
		first, rest, more = strings.Cut(rest, and)
		name, text, _ := strings.Cut(first, ": ")
		all = append(all, Finding{name, text})
	}
	return all
}

// unusable is an answer that is not taken in, or of which nothing could be.
type unusable struct{ Finding }

// Error is what was found.
func (r *unusable) Error() string { return r.Detail }
