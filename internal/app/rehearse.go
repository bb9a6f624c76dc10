package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/collect"
	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/quota"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
)

// Rehearsal is a simulated outside world that a collector asks in the place of
// the real one, on that world's clock.
type Rehearsal struct {
	addresses map[string]string // of the sources
	speed     float64           // virtual seconds a real second
	real      func() time.Time
	base      time.Time // virtual, at the real moment since
	since     time.Time
}

// Rehearse reads a world's addresses and clock from its control. A clock that
// is stepped, or runs at another speed later, is not followed.
func Rehearse(ctx context.Context, control string, now func() time.Time) (*Rehearsal, error) {
	u, err := url.Parse(control)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("%w: --rehearse %q: want the address of a world's control, such as http://127.0.0.1:9400: `mlb-betting world` prints it",
			mlb.ErrInvalid, control)
	}
	r := &Rehearsal{real: now}
	if err := ask(ctx, u.JoinPath("/").String(), &r.addresses); err != nil {
		return nil, err
	}
	return r, r.readClock(ctx, u.JoinPath("/clock").String())
}

// readClock takes the quickest of some answers: their clock has moved least on
// the way.
func (r *Rehearsal) readClock(ctx context.Context, address string) error {
	const tries = 5
	var least time.Duration
	for i := range tries {
		var told struct {
			Now   time.Time `json:"now"`
			Speed float64   `json:"speed"`
		}
		asked := r.real()
		if err := ask(ctx, address, &told); err != nil {
			return err
		}
		if took := r.real().Sub(asked); i == 0 || took < least {
			least, r.base, r.since, r.speed = took, told.Now, asked.Add(took/2), told.Speed
		}
	}
	if r.speed <= 0 {
		return fmt.Errorf("%w: the clock of the world at %s stands still: start it with --speed 1 or more", mlb.ErrInvalid, address)
	}
	return nil
}

// maxTold bounds what a control may tell.
const maxTold = 1 << 20

func ask(ctx context.Context, address string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask the rehearsal's control: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%w: no world answers: start it with `mlb-betting world`: %w", mlb.ErrUnavailable, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %s answers %s: that is no world's control", mlb.ErrInvalid, address, res.Status)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxTold)).Decode(into); err != nil {
		return fmt.Errorf("%w: %s is no world's control: %w", mlb.ErrInvalid, address, err)
	}
	return nil
}

// Now is the virtual moment, UTC.
func (r *Rehearsal) Now() time.Time {
	return r.base.Add(time.Duration(float64(r.real().Sub(r.since)) * r.speed)).UTC()
}

// rehearsedBooks are the consensus, the opening column and the twelve books of
// the simulated market.
func rehearsedBooks() []int { return []int{15, 30, 1, 3, 21, 68, 69, 71, 75, 78, 79, 123, 247, 2988} }

// settings are the operator's, with all books of the simulated market where
// none are named.
func (r *Rehearsal) settings(set map[string]SourceSettings) map[string]SourceSettings {
	all := maps.Clone(set)
	if all == nil {
		all = map[string]SourceSettings{}
	}
	name := actionnetwork.Adapter().Name
	if s := all[name]; len(s.Books) == 0 {
		s.Books = rehearsedBooks()
		all[name] = s
	}
	return all
}

// rehearsedKey is the key that worlds give: a real one is never shown to them.
const rehearsedKey = "rehearsal"

// keys are worlds' in the place of real ones.
func (r *Rehearsal) keys(own map[string]source.Secret) map[string]source.Secret {
	all := map[string]source.Secret{}
	for name, key := range own {
		if key.IsSet() {
			all[name] = source.NewSecret(rehearsedKey)
		}
	}
	return all
}

// adapter is the source as it is asked in the rehearsal.
func (r *Rehearsal) adapter(a source.Adapter) (source.Adapter, error) {
	base := r.addresses[a.Name]
	u, err := url.Parse(base)
	if err != nil || net.ParseIP(u.Hostname()) == nil || !net.ParseIP(u.Hostname()).IsLoopback() {
		return a, fmt.Errorf("%w: the rehearsal serves %q at %q: want an address on this machine", mlb.ErrInvalid, a.Name, base)
	}
	if slices.Contains(numberless(), a.Name) {
		a.Feeds = markedFeeds(a.Feeds)
	}
	a.Base = base
	return a, nil
}

// Real durations of a rehearsal, however fast its clock runs.
const (
	leastTick  = 50 * time.Millisecond
	leastLease = 2 * time.Second
)

// pace sets what is counted in real time to the clock's speed, and the lease,
// which is counted by the clock, to no less than a look takes.
func (r *Rehearsal) pace(cfg *collect.Config) {
	cfg.Synthetic, cfg.Now = true, r.Now
	cfg.Tick = max(r.scaled(cfg.Tick), leastTick)
	cfg.Lease = max(collect.DefaultLease, time.Duration(float64(leastLease)*r.speed))
}

func (r *Rehearsal) scaled(d time.Duration) time.Duration {
	return max(time.Millisecond, time.Duration(float64(d)/max(1, r.speed)))
}

// policy is how a source is asked while a minute of its clock takes less than
// one: waits are slept in real time.
func (r *Rehearsal) policy(a source.Adapter) fetch.Policy {
	return fetch.Policy{
		Rate:          source.Rate{Every: time.Millisecond, Burst: a.Rate.Burst},
		FirstDelay:    r.scaled(500 * time.Millisecond),
		MaxDelay:      r.scaled(8 * time.Second),
		MaxRetryAfter: r.scaled(time.Minute),
		OpenFor:       r.scaled(30 * time.Second),
	}
}

// enter sends the sources' questions to the rehearsal and returns how they are
// asked there.
func (r *Rehearsal) enter(sources []watched) (policies map[string]fetch.Policy, err error) {
	policies = map[string]fetch.Policy{}
	for i := range sources {
		s := &sources[i]
		if s.adapter, err = r.adapter(s.adapter); err != nil {
			return nil, err
		}
		for j := range s.watches {
			w := &s.watches[j]
			w.Adapter = s.adapter
			if w.Paid != nil {
				w.Paid = r.paid(*w.Paid, s.adapter.Base)
			}
		}
		policies[s.adapter.Name] = r.policy(s.adapter)
	}
	return policies, nil
}

// paid is a paid feed whose calls go to a base.
func (r *Rehearsal) paid(p collect.Paid, base string) *collect.Paid {
	broad := p.Adapter
	p.Adapter = func(l quota.Level) source.Adapter {
		a := broad(l)
		a.Base = base
		return a
	}
	return &p
}

// Prepare makes a database ready for a rehearsal: only one of synthetic data
// is, and there the sources need nobody's word.
func (r *Rehearsal) Prepare(ctx context.Context, a *App) error {
	if err := a.DB.SetZone(ctx, true); err != nil {
		return fmt.Errorf("a rehearsal needs a database of synthetic data, such as that of --demo: %w", err)
	}
	for _, l := range licences() {
		if err := a.DB.AcknowledgeSource(ctx, l.Source, r.Now()); err != nil {
			return err
		}
	}
	return nil
}
