package bus

import (
	"sync"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Event says that games have new data up to a mark. Who has read that far
// already has nothing to do.
type Event struct {
	Mark Mark
	// Games are those concerned, in order of their numbers. They are shared by
	// all subscribers: not to be changed.
	Games []mlb.GameID
	// Resync says that the games cannot be told, because something was lost or
	// too much happened: any may have new data.
	Resync bool
}

// Subscription is a place in the audience. C gives the events and is closed
// when the subscription or the bus ends.
type Subscription struct {
	C      <-chan Event
	events chan Event // sent to under the hub's lock alone
	hub    *hub
}

// Close ends the subscription.
func (s *Subscription) Close() { s.hub.leave(s) }

// hub tells events to the subscribers of this process.
type hub struct {
	mu       sync.Mutex
	audience map[*Subscription]struct{}
	mark     Mark
	closed   bool
}

func (h *hub) subscribe(depth int) *Subscription {
	events := make(chan Event, max(depth, 1))
	s := &Subscription{C: events, events: events, hub: h}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(events)
		return s
	}
	if h.audience == nil {
		h.audience = make(map[*Subscription]struct{})
	}
	h.audience[s] = struct{}{}
	return s
}

func (h *hub) leave(s *Subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.audience[s]; ok {
		delete(h.audience, s)
		close(s.events)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.audience {
		close(s.events)
	}
	h.audience = nil
}

func (h *hub) told() Mark {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.mark
}

// tell never waits. It returns how many subscribers were too slow.
func (h *hub) tell(e Event) (slow int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mark = max(h.mark, e.Mark)
	e.Mark = h.mark
	for s := range h.audience {
		if !s.offer(e) {
			slow++
		}
	}
	return slow
}

// forget lowers the mark to that of a database that was restored.
func (h *hub) forget(mark Mark) {
	h.mu.Lock()
	h.mark = mark
	h.mu.Unlock()
	h.tell(Event{Mark: mark, Resync: true})
}

// offer gives the subscriber an event. Where there is no room, what waits is
// worth nothing beside the one word that says: read again.
func (s *Subscription) offer(e Event) bool {
	select {
	case s.events <- e:
		return true
	default:
	}
	for {
		select {
		case <-s.events:
			continue
		default:
		}
		break
	}
	s.events <- Event{Mark: e.Mark, Resync: true}
	return false
}
