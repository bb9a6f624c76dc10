package world

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// clockTold is the clock as the control tells it.
type clockTold struct {
	Now   time.Time `json:"now"`
	Speed float64   `json:"speed"`
}

// controls are the control's paths:
//
//	GET  /            the addresses of the sources
//	GET  /clock       the virtual moment and the speed
//	POST /clock       ?step=90s moves it ahead, ?speed=60 changes its speed
//	GET  /kinds       every kind of fault
//	GET  /faults      those set
//	PUT  /faults      a list of faults in the place of those set
//	GET  /journal     ?after=N: every exchange after number N
//	GET  /body        ?n=N: the body of an exchange
//	GET  /ticks       ?date=YYYY-MM-DD: the day's prices made public by now
//	GET  /expect      ?withdraw=true: the prices that all answers showed
//	GET  /resolve     ?addr=HOST:PORT: where an address leads
func (w *World) controls() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", tell(func(*http.Request) (any, error) { return w.addresses(), nil }))
	mux.HandleFunc("GET /clock", tell(func(*http.Request) (any, error) { return w.clockTold(), nil }))
	mux.HandleFunc("POST /clock", tell(w.turnClock))
	mux.HandleFunc("GET /kinds", tell(func(*http.Request) (any, error) { return Kinds(), nil }))
	mux.HandleFunc("GET /faults", tell(func(*http.Request) (any, error) { return w.Faults(), nil }))
	mux.HandleFunc("PUT /faults", tell(w.putFaults))
	mux.HandleFunc("GET /journal", tell(func(r *http.Request) (any, error) {
		after, err := number64(r, "after")
		return w.journal.since(after), err
	}))
	mux.HandleFunc("GET /body", tell(w.bodyOf))
	mux.HandleFunc("GET /ticks", tell(func(r *http.Request) (any, error) {
		date, err := mlb.ParseDate(r.URL.Query().Get("date"))
		if err != nil {
			return nil, err
		}
		return w.Public(date, w.moment())
	}))
	mux.HandleFunc("GET /expect", tell(func(r *http.Request) (any, error) {
		return w.Expect(w.Journal(), r.URL.Query().Get("withdraw") == "true")
	}))
	mux.HandleFunc("GET /resolve", tell(func(r *http.Request) (any, error) {
		addr, _ := w.resolve(r.URL.Query().Get("addr")) // not found is an answer too
		return map[string]string{"addr": addr}, nil
	}))
	return mux
}

// tell answers with JSON, or with the error.
func tell(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		v, err := f(r)
		switch {
		case errors.Is(err, mlb.ErrNotFound):
			http.Error(rw, err.Error(), http.StatusNotFound)
			return
		case err != nil:
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		json.NewEncoder(rw).Encode(v) //nolint:errcheck // the client is gone
	}
}

func (w *World) addresses() map[string]string {
	all := map[string]string{}
	for _, s := range Sources() {
		all[string(s)] = w.URL(s)
	}
	return all
}

func (w *World) clockTold() clockTold { return clockTold{w.clock.Now(), w.clock.Speed()} }

// maxStep bounds a step to a season.
const maxStep = 366 * 24 * time.Hour

func (w *World) turnClock(r *http.Request) (any, error) {
	if told := r.URL.Query().Get("step"); told != "" {
		d, err := time.ParseDuration(told)
		if err != nil || d < 0 || d > maxStep {
			return nil, fmt.Errorf("%w: step %.40q: want a duration like 90s", mlb.ErrInvalid, told)
		}
		w.clock.Step(d)
	}
	if told := r.URL.Query().Get("speed"); told != "" {
		speed, err := strconv.ParseFloat(told, 64)
		if err != nil || !(speed >= 0 && speed <= maxSpeed) {
			return nil, fmt.Errorf("%w: speed %.40q: want from 0 to %d", mlb.ErrInvalid, told, maxSpeed)
		}
		w.clock.SetSpeed(speed)
	}
	return w.clockTold(), nil
}

func (w *World) putFaults(r *http.Request) (any, error) {
	var faults []Fault
	d := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(&faults); err != nil {
		return nil, fmt.Errorf("%w: faults: %w", mlb.ErrInvalid, err)
	}
	if err := w.SetFaults(faults); err != nil {
		return nil, err
	}
	return w.Faults(), nil
}

// bodyOf is the body of an exchange as text.
func (w *World) bodyOf(r *http.Request) (any, error) {
	n, err := number64(r, "n")
	if err != nil {
		return nil, err
	}
	for _, e := range w.journal.since(n - 1) {
		if e.N == n {
			body, err := w.Body(e)
			return map[string]string{"body": string(body)}, err
		}
	}
	return nil, fmt.Errorf("%w: no exchange %d that is over", mlb.ErrNotFound, n)
}

// number64 is a parameter that is a number, 0 where there is none.
func number64(r *http.Request, name string) (int64, error) {
	told := r.URL.Query().Get(name)
	if told == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(told, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %s %.40q: want a number", mlb.ErrInvalid, name, told)
	}
	return n, nil
}
