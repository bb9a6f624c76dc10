package grade

import (
	"slices"
	"sync"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Where the rules were read, in stored copies of these pages. The survey is one
// writer's account of several books.
const (
	surveyURL     = "https://www.actionnetwork.com/mlb/suspended-shortened-mlb-betting-rules"
	draftKingsURL = "https://sportsbook.draftkings.com/help/sport-rules/baseball"
	betMGMURL     = "https://help.va.betmgm.com/en/sports-help/sports-house-rules/baseball-wager-types-and-rules"
	pinnacleURL   = "https://pinnaclesports.freshdesk.com/support/solutions/articles/1000182239"
	betCRISURL    = "https://get.betcris.help/hc/en-us/articles/360006580417-Baseball-and-Softball-"
	bookmakerURL  = "https://get.bookmaker.help/hc/en-us/articles/360032230531-Games-in-extra-innings"
)

// What a citation must add to its page.
const (
	surveyRemark     = "named in a survey, the book's own page not read"
	draftKingsRemark = "suspended games by https://help.draftkings.com/hc/en-us/articles/4405230604435, where the rules page's copy is older"
	espnBETRemark    = "as reported, no page of its own read"
	pinnacleRemark   = "changed starters by https://cs.help.pinnaclesports.com/en/support/solutions/articles/1000115200"
)

// reviewed is when the pages above were last read.
var reviewed = mlb.Date{Year: 2026, Month: time.November, Day: 24}

// row is a row of the book of rules before it is written out by market.
type row struct {
	book, jurisdiction string
	from               mlb.Date
	source, remark     string
	terms              func(mlb.Market, mlb.Period) Terms
}

// books are whose rules are known.
var books = []row{
	{source: surveyURL, terms: common},
	{book: "draftkings", source: draftKingsURL, remark: draftKingsRemark, terms: draftKings},
	{book: "fanduel", source: surveyURL, remark: surveyRemark, terms: decidedEarly},
	{book: "fanatics", source: surveyURL, remark: surveyRemark, terms: decidedEarly},
	{book: "betmgm", source: surveyURL, remark: surveyRemark, terms: decidedEarly},
	{book: "betmgm", jurisdiction: "VA", from: mlb.Date{Year: 2024, Month: time.August, Day: 29}, source: betMGMURL, terms: betMGM},
	{book: "espnbet", remark: espnBETRemark, terms: espnBET},
	{book: "pinnacle", source: pinnacleURL, remark: pinnacleRemark, terms: pinnacle},
	{book: "cris", source: betCRISURL, terms: betCRIS},
	{book: "bookmaker", source: bookmakerURL, terms: bookmaker},
}

// rulebook is written out once: a bet is graded in less time than that takes.
var rulebook = sync.OnceValue(writeOut)

// Rulebook is every set of rules, a row for each book, market and period.
func Rulebook() []Ruleset { return slices.Clone(rulebook()) }

func writeOut() []Ruleset {
	var all []Ruleset
	for _, b := range books {
		for _, period := range []mlb.Period{mlb.FullGame, mlb.FirstFive} {
			for _, market := range []mlb.Market{mlb.Moneyline, mlb.RunLine, mlb.Total} {
				all = append(all, Ruleset{
					Book: b.book, Jurisdiction: b.jurisdiction, Market: market, Period: period,
					ValidFrom: b.from, SourceURL: b.source, Remark: b.remark, ReviewedAt: reviewed, Terms: b.terms(market, period),
				})
			}
		}
	}
	return all
}

// common is the shape most books share: a moneyline is official after five
// innings, the rest after the scheduled nine or seven, the first five after
// five; a tie refunds; a game postponed to another day is void; an action
// ticket stands. What varies from book to book is left unknown: suspended
// games, overs decided early, and, of the first five, changed starters (some
// books require the listed ones).
func common(market mlb.Market, period mlb.Period) Terms {
	t := Terms{Official: WholeGame, TieRefunds: Yes, OtherDay: No, Starters: StartersStand}
	switch {
	case period == mlb.FirstFive:
		t.Official, t.Starters = FiveWhole, 0
	case market == mlb.Moneyline:
		t.Official = FiveInnings
	}
	return t
}

// decidedEarly is the common shape at books that honour what was decided
// before a game was called.
func decidedEarly(market mlb.Market, period mlb.Period) Terms {
	t := common(market, period)
	t.DecidedEarly = Yes
	return t
}

// draftKings waits 36 hours from the announced start for a suspended game,
// then voids all that was not decided; a postseason game it waits for to the
// end. The starting pitcher never matters.
func draftKings(market mlb.Market, period mlb.Period) Terms {
	t := decidedEarly(market, period)
	t.ResumeWithin, t.ResumeFrom = 36*time.Hour, FromStart
	t.LapsedStands, t.PostseasonStands = No, Yes
	t.Starters = StartersStand
	return t
}

// betMGM waits 36 hours as well, but then settles a game that was official at
// the stop.
func betMGM(market mlb.Market, period mlb.Period) Terms {
	t := decidedEarly(market, period)
	t.ResumeWithin, t.ResumeFrom = 36*time.Hour, FromStart
	t.LapsedStands, t.PostseasonStands = Yes, Yes
	return t
}

// espnBET waits 48 hours, from when is not stated, and lets a postponed game
// stand on the same local day.
func espnBET(market mlb.Market, period mlb.Period) Terms {
	t := common(market, period)
	t.ResumeWithin, t.SameDay = 48*time.Hour, Yes
	return t
}

// pinnacle pays an action moneyline at the new pitcher's opening price. Its
// older rules void other bets when a listed pitcher does not start; whether
// they still do is unknown. Of the first five innings it settles a side after
// four and a half when the home side was declared the winner.
func pinnacle(market mlb.Market, period mlb.Period) Terms {
	t := common(market, period)
	t.Starters = 0
	switch {
	case period == mlb.FirstFive && market != mlb.Total:
		t.Official = FiveInnings
	case period == mlb.FullGame && market == mlb.Moneyline:
		t.Starters = StartersReprice
	}
	return t
}

// betCRIS wants the whole game for a moneyline too, and every bet is action at
// the price taken. Its limit for suspended games, an hour of the morning after
// in Pacific time, is not one these terms can hold, and so unknown.
func betCRIS(market mlb.Market, period mlb.Period) Terms {
	t := common(market, period)
	t.Starters = StartersStand
	if period == mlb.FullGame {
		t.Official = WholeGame
	}
	return t
}

// bookmaker is of BetCRIS's family; of its moneyline it was not read after how
// many innings it is official.
func bookmaker(market mlb.Market, period mlb.Period) Terms {
	t := betCRIS(market, period)
	if period == mlb.FullGame && market == mlb.Moneyline {
		t.Official = 0
	}
	return t
}
