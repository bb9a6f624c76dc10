package bus

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// maxPayload is below the 8,000 bytes that PostgreSQL takes.
const maxPayload = 7900

// maxGames is more than any day has; a backfill that touches more says only
// that it did.
const maxGames = 600

// message is what travels. From and N number each sender's messages, so that
// whoever hears them knows of one that was lost or came twice.
type message struct {
	From  string       `json:"from"`
	N     uint64       `json:"n"`
	Mark  Mark         `json:"mark"`
	Games []mlb.GameID `json:"games,omitempty"`
	All   bool         `json:"all,omitempty"` // too many games to name
}

func (m message) event() Event {
	if m.All {
		return Event{Mark: m.Mark, Resync: true}
	}
	return Event{Mark: m.Mark, Games: m.Games}
}

func (m message) encode() string {
	text, err := json.Marshal(m)
	if err != nil || len(text) > maxPayload {
		m.Games, m.All = nil, true
		text, _ = json.Marshal(m) // numbers and one short string
	}
	return string(text)
}

// decode reads what anybody may have sent. The error is mlb.ErrInvalid.
func decode(payload string) (message, error) {
	var m message
	if len(payload) > maxPayload {
		return m, fmt.Errorf("%w: a message of %d bytes", mlb.ErrInvalid, len(payload))
	}
	if err := json.Unmarshal([]byte(payload), &m); err != nil {
		return message{}, fmt.Errorf("%w: message: %w", mlb.ErrInvalid, err)
	}
	if m.From == "" || len(m.From) > 64 || m.N == 0 || m.Mark < 0 || len(m.Games) > maxGames {
		return message{}, fmt.Errorf("%w: a message without its sender, number or mark", mlb.ErrInvalid)
	}
	return m, nil
}

// outbox gathers what was published until it is sent.
type outbox struct {
	mu     sync.Mutex
	games  map[mlb.GameID]struct{}
	mark   Mark
	all    bool
	n      uint64
	any    bool
	filled chan struct{} // has a place for one: there is something to send
}

func newOutbox() outbox {
	return outbox{games: make(map[mlb.GameID]struct{}), filled: make(chan struct{}, 1)}
}

func (o *outbox) put(mark Mark, games []mlb.GameID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.any = true
	o.mark = max(o.mark, mark)
	for _, g := range games {
		o.games[g] = struct{}{}
	}
	if len(o.games) > maxGames {
		clear(o.games)
		o.all = true
	}
	select {
	case o.filled <- struct{}{}:
	default:
	}
}

// take is everything gathered, as the next message.
func (o *outbox) take() (message, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.any {
		return message{}, false
	}
	o.n++
	m := message{N: o.n, Mark: o.mark, All: o.all}
	if !m.All {
		m.Games = slices.Sorted(maps.Keys(o.games))
	}
	clear(o.games)
	o.any, o.all, o.mark = false, false, 0
	return m, true
}

// verdict is what a message's number says.
type verdict int

const (
	next     verdict = iota
	gap              // messages before it were lost
	repeated         // it was heard before
)

// maxSenders bounds what is remembered. Processes that ended are never heard
// again, so that forgetting all costs each of the living one reading.
const maxSenders = 1024

// inbox remembers each sender's last number.
type inbox struct {
	mu   sync.Mutex
	last map[string]uint64
}

// judge compares with the sender's message before. A sender heard for the first
// time after its first message is a gap: nobody knows what it said.
func (i *inbox) judge(m message) verdict {
	i.mu.Lock()
	defer i.mu.Unlock()
	last := i.last[m.From]
	if m.N <= last {
		return repeated
	}
	if i.last == nil || len(i.last) >= maxSenders && last == 0 {
		i.last = make(map[string]uint64)
	}
	i.last[m.From] = m.N
	if m.N != last+1 {
		return gap
	}
	return next
}
