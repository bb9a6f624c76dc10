package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Via is how a process hears from the others.
type Via int

// The ways, the best first.
const (
	Process    Via = iota // there are no others: no way to them was given
	Redis                 // pub/sub
	PostgreSQL            // LISTEN and NOTIFY
	Polling               // it compares high-water marks
	None                  // it does not hear from them: everything fails
)

var viaNames = [...]string{"process", "redis", "postgresql", "polling", "none"}

// String is the word for logs and metrics: "redis".
func (v Via) String() string {
	if v < 0 || int(v) >= len(viaNames) {
		return fmt.Sprintf("way %d", int(v))
	}
	return viaNames[v]
}

// State is how a process hears from the others at present.
type State struct {
	Via   Via
	Since time.Time
	Why   string // why not in a better way; empty when there is none
}

// errNew is why a way does not work at the start.
var errNew = errors.New("not connected yet")

// status knows which ways work.
type status struct {
	now func() time.Time
	log *slog.Logger

	mu    sync.Mutex
	given []Via // the best first
	fault map[Via]error
	state State
}

func newStatus(now func() time.Time, log *slog.Logger) *status {
	return &status{now: now, log: log, fault: make(map[Via]error), state: State{Via: Process, Since: now()}}
}

// expect adds a way that is not connected yet, after the better ones.
func (s *status) expect(via Via) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given = append(s.given, via)
	s.fault[via] = errNew
	s.state.Via, s.state.Why = s.judge()
}

func (s *status) get() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

func (s *status) up(via Via) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault[via] == nil
}

// connected tells whether messages come by themselves.
func (s *status) connected() bool {
	via := s.get().Via
	return via == Redis || via == PostgreSQL
}

// set says that a way works, or why it does not.
func (s *status) set(via Via, fault error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault[via] = fault
	old := s.state
	s.state.Via, s.state.Why = s.judge()
	if s.state.Via == old.Via {
		return
	}
	s.state.Since = s.now()
	s.say(old.Via)
}

// judge is the best way that works, and what is wrong with the better ones.
func (s *status) judge() (via Via, why string) {
	var faults []string
	for _, v := range s.given {
		if s.fault[v] == nil {
			return v, strings.Join(faults, "; ")
		}
		faults = append(faults, fmt.Sprintf("%s: %v", v, s.fault[v]))
	}
	return None, strings.Join(faults, "; ")
}

func (s *status) say(before Via) {
	say := s.log.Info
	if s.state.Via > before {
		say = s.log.Warn
	}
	say("the bus hears from other processes in another way",
		"via", s.state.Via.String(), "before", before.String(), "why", s.state.Why)
}
