package world

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Plan is what a key of The Odds API has paid for.
type Plan struct {
	Credits    int  // a month of the virtual calendar, UTC
	Historical bool // whether the past may be asked for
}

// maxRate is how many requests a key may make in a real second: virtual ones
// are too short to count in.
const maxRate = 30

// credits count what the keys of The Odds API have used.
type credits struct {
	plans     map[string]Plan
	exhausted int // the status without credits
	real      func() time.Time

	mu   sync.Mutex
	used map[account]int
	rate map[string][]time.Time // of the last second
}

// account is a key in a month.
type account struct {
	key   string
	year  int
	month time.Month
}

func newCredits(o *Options) *credits {
	return &credits{plans: o.Keys, exhausted: o.Exhausted, real: o.Real, used: map[account]int{}, rate: map[string][]time.Time{}}
}

// admit refuses a request whose key is none, asks too fast or has nothing
// left.
func (c *credits) admit(route string, v url.Values, at time.Time) error {
	key := v.Get("apiKey")
	plan, known := c.plans[key]
	switch {
	case key == "":
		return refuse(http.StatusUnauthorized, "MISSING_KEY", "API key is missing")
	case !known:
		return refuse(http.StatusUnauthorized, "INVALID_KEY", "API key is not valid. See https://the-odds-api.com/liveapi/guides/v4/")
	case c.tooFast(key):
		return refuse(http.StatusTooManyRequests, "EXCEEDED_FREQ_LIMIT", "Requests are too frequent: at most %d a second", maxRate)
	case strings.HasPrefix(route, "historical-") && !plan.Historical:
		return refuse(http.StatusUnauthorized, "HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN", "Historical odds are only available on paid usage plans")
	case route != "sports" && route != "events" && c.left(key, at) <= 0:
		return refuse(c.exhausted, "OUT_OF_USAGE_CREDITS", "Usage quota has been reached. See usage plans at https://the-odds-api.com")
	}
	return nil
}

func (c *credits) tooFast(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.real()
	recent := c.rate[key]
	for len(recent) > 0 && now.Sub(recent[0]) >= time.Second {
		recent = recent[1:]
	}
	c.rate[key] = append(recent, now)
	if len(recent) < maxRate {
		return false
	}
	c.rate[key] = recent // one that was refused does not count
	return true
}

func monthOf(key string, at time.Time) account {
	return account{key, at.UTC().Year(), at.UTC().Month()}
}

func (c *credits) left(key string, at time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.plans[key].Credits - c.used[monthOf(key, at)]
}

// Credits are those that a key of The Odds API has used in the world's present
// month.
func (w *World) Credits(key string) int {
	c := w.credits
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used[monthOf(key, w.moment())]
}

// charge takes the cost of an answer and tells the client. The last answer may
// cost more than what is left.
func (c *credits) charge(h http.Header, key string, cost int, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	plan, known := c.plans[key]
	if !known {
		return
	}
	month := monthOf(key, at)
	c.used[month] += cost
	h.Set("X-Requests-Remaining", strconv.Itoa(max(0, plan.Credits-c.used[month])))
	h.Set("X-Requests-Used", strconv.Itoa(c.used[month]))
	h.Set("X-Requests-Last", strconv.Itoa(cost))
}
