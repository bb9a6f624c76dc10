package cli

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/live"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// The settings of the address of Redis: itself, or a file that holds it.
const (
	redisVariable     = "REDIS_URL"
	redisFileVariable = "REDIS_URL_FILE"
)

// redisURL is the address of Redis and what set it; empty: there is none.
func redisURL() (address, origin string, err error) {
	address, file := os.Getenv(redisVariable), os.Getenv(redisFileVariable)
	switch {
	case address != "" && file != "":
		return "", "", fmt.Errorf("%w: %s and %s are both set: unset one", mlb.ErrInvalid, redisVariable, redisFileVariable)
	case file == "":
		return address, redisVariable, nil
	}
	text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		return "", "", fmt.Errorf("read %s: %w", redisFileVariable, err)
	}
	if address = strings.TrimSpace(string(text)); address == "" {
		return "", "", fmt.Errorf("%w: %s: the file %s is empty: want an address such as redis://host:6379/0", mlb.ErrInvalid, redisFileVariable, file)
	}
	return address, file, nil
}

// redisSetting shows where Redis is, and never how to log in.
func redisSetting() (setting, error) {
	address, origin, err := redisURL()
	if err != nil {
		return setting{}, err
	}
	if address == "" {
		return setting{"redis", "none: processes tell each other through PostgreSQL", "default"}, nil
	}
	if u, err := url.Parse(address); err == nil && u.Scheme != "" {
		return setting{"redis", u.Scheme + "://" + u.Host + u.Path, origin}, nil
	}
	return setting{"redis", "not an address (not shown)", origin}, nil
}

// linked runs f while this process and the others on the database tell each
// other what they commit.
func (e *env) linked(ctx context.Context, a *app.App, f func(context.Context, *app.Link) error) error {
	l, err := a.Link(ctx, e.now, e.log(), e.registry())
	if err != nil {
		return err
	}
	defer l.Close()
	return l.Run(ctx, func(ctx context.Context) error { return f(ctx, l) })
}

// market is today's market, fed with what any process commits. What is found in
// it is written down and told to show, nil for nobody; what there is when it
// begins is not printed: `up` has listed that.
func (e *env) market(a *app.App, l *app.Link, show func(live.Detection, mlb.Opportunity) error) (*live.Market, error) {
	mc, dc, err := e.limits()
	if err != nil {
		return nil, err
	}
	return live.New(live.Config{
		DB: a.DB, Bus: l.Bus, Now: e.now, Market: mc, Detect: dc, Log: e.log(),
		Day: func(ctx context.Context) (mlb.Date, error) { return e.day(ctx, a, "") },
		Found: func(ctx context.Context, f live.Found) error {
			if err := a.NoteFound(ctx, f.Taken, store.ByLive, e.now()); err != nil {
				return err
			}
			if f.First || show == nil {
				return nil
			}
			for _, o := range f.Taken {
				if err := show(f.Detection, o); err != nil {
					return err
				}
			}
			return nil
		},
	}), nil
}

// withMarket runs f beside today's market.
func (e *env) withMarket(ctx context.Context, a *app.App, l *app.Link, show func(live.Detection, mlb.Opportunity) error,
	f func(context.Context, *live.Market) error,
) error {
	m, err := e.market(a, l, show)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return m.Run(ctx) })
	g.Go(func() error { return f(ctx, m) })
	return g.Wait()
}

// listBoard prints a day's games and the best price of each side.
func (e *env) listBoard(ctx context.Context, l *app.Link, day mlb.Date) error {
	b, err := l.Board(ctx, day)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(boardJSON{b, e.synthetic})
	}
	if len(b.Games) == 0 {
		e.line("No games are known for %s.", day)
		return nil
	}
	t := e.table("GAME", "MATCHUP", "START", "MONEYLINE", "RUN LINE", "TOTAL", "LAST SEEN")
	for _, g := range b.Games {
		start := "day only"
		if !g.Start.IsZero() {
			start = g.Start.Format("15:04 UTC")
		}
		t.row(fmt.Sprint(g.ID), g.Matchup, start, bestText(g, mlb.Moneyline), bestText(g, mlb.RunLine), bestText(g, mlb.Total), e.lastSeen(g))
	}
	return t.print()
}

type boardJSON struct {
	live.Board
	Synthetic bool `json:"synthetic"`
}

// bestText shows both sides' best prices: "8.5: over -105 circa, under +101 novig".
func bestText(g live.BoardGame, m mlb.Market) string {
	for _, x := range g.Markets {
		if x.Market != m.String() {
			continue
		}
		line := ""
		switch m {
		case mlb.RunLine:
			line = fmt.Sprintf("%+.1f: ", float64(x.Line)/2)
		case mlb.Total:
			line = fmt.Sprintf("%.1f: ", float64(x.Line)/2)
		}
		first, second := m.Sides()
		return fmt.Sprintf("%s%s %s %s, %s %s %s", line, first, x.Best[0].Price, x.Best[0].Book, second, x.Best[1].Price, x.Best[1].Book)
	}
	return "-"
}

// lastSeen is when the oldest of a game's best prices was seen last.
func (e *env) lastSeen(g live.BoardGame) string {
	at := e.now()
	for _, m := range g.Markets {
		for _, b := range m.Best {
			if b.SeenAt.Before(at) {
				at = b.SeenAt
			}
		}
	}
	if len(g.Markets) == 0 {
		return "-"
	}
	return e.ago(&at)
}

// oneWriter lets several goroutines print whole lines.
type oneWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// Write prints what it is given in one piece.
func (o *oneWriter) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(p)
}
