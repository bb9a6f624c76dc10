package world

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Exchange is one request and how it was answered.
type Exchange struct {
	N        int64     `json:"n"`     // from 1, in the order of asking; also in the header World-Exchange
	At       time.Time `json:"at"`    // virtual; also in the header World-At
	AsOf     time.Time `json:"as_of"` // the moment that the body shows
	Source   Source    `json:"source"`
	Route    string    `json:"route"`  // "": no such path
	Target   string    `json:"target"` // path and query, without the key
	Status   int       `json:"status"` // 0: none was sent
	Complete bool      `json:"complete"`
	SHA256   string    `json:"sha256,omitempty"` // of the body before compression; with 304, of the one the client has
	Bytes    int       `json:"bytes,omitempty"`  // before compression
	Faults   []Kind    `json:"faults,omitempty"` // in force
	faults   []Fault
}

// journal lists the exchanges.
type journal struct {
	mu     sync.Mutex
	n      int64
	ended  []Exchange
	storms map[Source]int // requests during storms of errors
}

// maxJournal bounds the exchanges kept: the oldest go, as their N shows.
const maxJournal = 1 << 18

// maxOpen is how far back an exchange is looked for that is listed anew.
const maxOpen = 1 << 10

func (j *journal) begin() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.n++
	return j.n
}

// put lists an exchange, or lists it anew. One that will be whole is listed
// before its last byte is sent, so that whoever has the answer finds it.
func (j *journal) put(e *Exchange) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := len(j.ended) - 1; i >= max(0, len(j.ended)-maxOpen); i-- {
		if j.ended[i].N == e.N {
			j.ended[i] = *e
			return
		}
	}
	j.ended = append(j.ended, *e)
	if len(j.ended) > maxJournal {
		j.ended = slices.Delete(j.ended, 0, maxJournal/8)
	}
}

// storm counts a request of a storm, from 0.
func (j *journal) storm(s Source) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.storms == nil {
		j.storms = map[Source]int{}
	}
	j.storms[s]++
	return j.storms[s] - 1
}

// since are the exchanges listed after number n, in the order of
// asking.
func (j *journal) since(n int64) []Exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(j.ended), func(e Exchange) bool { return e.N <= n })
	slices.SortFunc(all, func(a, b Exchange) int { return int(a.N - b.N) })
	return all
}

// Journal is every exchange, in the order of asking: those whose answers
// clients have, and some that are being sent.
func (w *World) Journal() []Exchange { return w.journal.since(0) }

// Body makes the body of an answer again, as it was before compression. The
// error wraps mlb.ErrNotFound where the answer held no data, and
// mlb.ErrConflict where the body is not what was sent, which would be a fault of
// the world's own.
func (w *World) Body(e Exchange) ([]byte, error) {
	if e.Status != http.StatusOK || e.SHA256 == "" || e.Route == "" {
		return nil, fmt.Errorf("%w: exchange %d (status %d) carried no body of data", mlb.ErrNotFound, e.N, e.Status)
	}
	u, err := url.Parse(e.Target)
	if err != nil {
		return nil, fmt.Errorf("%w: target of exchange %d: %w", mlb.ErrInvalid, e.N, err)
	}
	r, args, _ := serverOf(e.Source).find(u.Path)
	a, err := w.render(asked{source: e.Source, route: r, args: args, values: u.Query(), at: e.At, asOf: e.AsOf, faults: e.faults})
	if err != nil {
		return nil, err
	}
	if got := hashOf(a.body); got != e.SHA256 {
		return nil, fmt.Errorf("%w: exchange %d was %s, now is %s", mlb.ErrConflict, e.N, e.SHA256, got)
	}
	return a.body, nil
}
