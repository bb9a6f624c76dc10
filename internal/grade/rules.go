package grade

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Answer is what a book's rules say to a question. The zero value is that we
// do not know, never a default.
type Answer uint8

// The answers.
const (
	Unknown Answer = iota
	No
	Yes
)

// Length is how much of a game must be played for a bet to have action. The
// zero value is unknown.
type Length uint8

// The lengths.
const (
	FiveInnings Length = iota + 1 // five, or four and a half with the home side ahead
	FiveWhole                     // five, both halves
	WholeGame                     // as scheduled: nine or seven, or half an inning less with the home side ahead
)

// Anchor is the moment from which a book counts the time a suspended game may
// take to be resumed. The zero value is unknown.
type Anchor uint8

// The anchors.
const (
	FromStart Anchor = iota + 1 // the start announced
	FromStop
)

// StartersRule is what becomes of an action ticket when a starting pitcher
// changes before the first pitch. The zero value is unknown.
type StartersRule uint8

// The rules for a changed starter.
const (
	StartersStand   StartersRule = iota + 1 // at the price taken
	StartersReprice                         // at the new pitcher's opening price, on the original risk
)

// Terms are the questions that settle a bet, as a book answers them.
type Terms struct {
	Official     Length // shorter games have no action
	DecidedEarly Answer // an over that has its runs stands in a game with no action otherwise
	TieRefunds   Answer // of a two-way moneyline; No: a tie loses

	ResumeWithin     time.Duration // a suspended game; 0: unknown
	ResumeFrom       Anchor
	LapsedStands     Answer // not resumed in time but official: as called at the stop; No: void
	PostseasonStands Answer // a postseason game is waited for without limit

	OtherDay Answer // postponed before the first pitch, it stands on another day
	SameDay  Answer // it stands when played later on the same day
	Starters StartersRule
}

// Ruleset is how a book settles one market of one period, as published, over
// some time. Rules that differ are rows of their own.
type Ruleset struct {
	Book         string // brand slug; "": the shape common to most books
	Jurisdiction string // state of the licence; "": wherever no row names it
	Market       mlb.Market
	Period       mlb.Period
	ValidFrom    mlb.Date // zero: not known since when
	ValidTo      mlb.Date // last day; zero: not known to have ended
	SourceURL    string   // "": no page was read, see Remark
	Remark       string   // what the source alone would hide; "" for nothing
	ReviewedAt   mlb.Date
	Terms
}

// Known tells whether there are rules at all: RulesFor gives none for a place
// nothing is known of.
func (r Ruleset) Known() bool { return r.Market != 0 }

// Citation names whose rules they are, where they were read and when.
func (r Ruleset) Citation() string {
	if !r.Known() {
		return "no rules known"
	}
	whose := "common shape"
	if r.Book != "" {
		whose = strings.TrimSpace(r.Book + " " + r.Jurisdiction)
	}
	var from []string
	for _, s := range []string{r.SourceURL, r.Remark, "reviewed " + r.ReviewedAt.String()} {
		if s != "" {
			from = append(from, s)
		}
	}
	return fmt.Sprintf("%s, %s of the %s: %s", whose, r.Market, r.Period, strings.Join(from, ", "))
}

// inForce tells whether the rules held at a moment, by its UTC day.
func (r Ruleset) inForce(at time.Time) bool {
	day := mlb.DateOf(at.UTC())
	return !day.Before(r.ValidFrom) && (r.ValidTo == mlb.Date{} || !r.ValidTo.Before(day))
}

// covers tells whether the rules are those of a book, and how closely.
func (r Ruleset) covers(b mlb.Book) (rank int, ok bool) {
	switch {
	case r.Book == "":
		return 0, true
	case r.Book != b.Brand.Slug:
		return 0, false
	case r.Jurisdiction == "":
		return 1, true
	default:
		return 2, slices.Contains(strings.Fields(b.Licence), r.Jurisdiction)
	}
}

// RulesFor are the rules a book had in force at a moment: those of its
// licence, else the brand's, else the common shape. A zero book is one nothing
// is known of and has the common shape. Exchanges and contests have rules of
// their own kind, of which none are known: their Ruleset is not Known, and
// every bet on them is manual.
func RulesFor(b mlb.Book, market mlb.Market, period mlb.Period, at time.Time) Ruleset {
	var best Ruleset
	if b.Brand.Kind == mlb.KindExchange || b.Brand.Kind == mlb.KindDFS {
		return best
	}
	closest := -1
	for _, r := range rulebook() {
		if r.Market != market || r.Period != period || !r.inForce(at) {
			continue
		}
		if rank, ok := r.covers(b); ok && rank > closest {
			best, closest = r, rank
		}
	}
	return best
}
