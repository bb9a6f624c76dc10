package detect

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// split reads "PROVIDER MARKET SIDE bets 62 money 45 tickets 2310 updated
// 11:50", all but the side in any number.
func (s *stage) split(at time.Time, words []string) error {
	key, rest, err := s.market(words[1:])
	if err != nil {
		return err
	}
	side, err := mlb.ParseSide(rest[0])
	if err != nil || !side.Of(key.Market) {
		return fmt.Errorf("%s is no side of a %s: %w", rest[0], key.Market, err)
	}
	x := mlb.Split{Game: s.game.ID, Provider: words[0], Market: key.Market, Period: key.Period, ObservedAt: at}
	for pair := range slices.Chunk(rest[1:], 2) {
		if len(pair) < 2 {
			return fmt.Errorf("%s of what?", pair[0])
		}
		if err := setSplit(&x, side, pair[0], pair[1]); err != nil {
			return err
		}
	}
	s.state.ApplySplit(x)
	return nil
}

func setSplit(x *mlb.Split, side mlb.Side, what, value string) (err error) {
	switch what {
	case "bets":
		x.Bets, err = share(x.Market, side, value)
	case "money":
		x.Money, err = share(x.Market, side, value)
	case "tickets":
		x.Tickets, err = strconv.ParseInt(value, 10, 64)
	case "updated":
		x.UpdatedAt, err = moment(value)
	default:
		err = fmt.Errorf("unknown word %q", what)
	}
	return err
}

func share(m mlb.Market, side mlb.Side, percent string) (mlb.Share, error) {
	n, err := strconv.Atoi(percent)
	x := mlb.Share{First: float64(n) / 100, Second: float64(100-n) / 100}
	if first, _ := m.Sides(); side != first {
		x.First, x.Second = x.Second, x.First
	}
	return x, err
}

// expectSignal compares what a rule says of the game, in one line of text.
func (s *stage) expectSignal(at time.Time, text string) error {
	s.signal = nil
	name, want, _ := strings.Cut(text, " ")
	i := slices.IndexFunc(Signals(), func(r SignalRule) bool { return r.Name == name })
	if i < 0 {
		return fmt.Errorf("unknown rule %q", name)
	}
	found := Signals()[i].Detect(s.state.View(s.game, at), DefaultSignals())
	got := []string{}
	for _, x := range found {
		checkSignal(s.t, s.state.View(s.game, at), x)
		got = append(got, s.said(x))
	}
	if len(found) == 0 {
		got = append(got, "nothing")
	}
	if i := slices.Index(got, want); i < 0 {
		return fmt.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), want)
	} else if want != "nothing" {
		s.signal = &found[i]
	}
	return nil
}

// said is a signal in the words of the scripts.
func (s *stage) said(x mlb.Signal) string {
	if x.NotIdentifiable != "" {
		return "not identifiable: " + x.NotIdentifiable
	}
	words := []string{x.Market.String()}
	if x.Period != mlb.FullGame {
		words = []string{x.Period.String(), x.Market.String()}
	}
	words = append(words, x.Side.String())
	if x.Market.HasLine() {
		words = append(words, x.Line.Label(x.Market, x.Side))
	}
	words = append(words, x.Verdict().String(), fmt.Sprintf("%.1f points:", 100*x.Points))
	if c := x.Crowd; c != nil {
		return strings.Join(append(words, fmt.Sprintf("%s %.0f %% of %d", c.Provider, 100*c.Bets, c.Tickets)), " ")
	}
	var path, behind []string
	for _, step := range x.Path {
		path = append(path, strings.TrimSuffix(s.slug(step.Book)+" +"+market.Short(step.Latency), " +0s"))
	}
	for _, b := range x.Behind {
		behind = append(behind, fmt.Sprintf("%s by %.1f", s.slug(b.Book), 100*b.Behind))
	}
	text := strings.Join(words, " ") + " " + strings.Join(path, ", ")
	if len(behind) > 0 {
		text += "; behind " + strings.Join(behind, ", ")
	}
	return text
}

func (s *stage) slug(id mlb.BookID) string {
	return s.state.View(s.game, s.game.Start).Book(id).Brand.Slug
}

func (s *stage) becauseSignal(text string) error {
	if !slices.Contains(s.signal.Reasons, text) {
		return errors.New("got the reasons\n" + strings.Join(s.signal.Reasons, "\n"))
	}
	return nil
}
