package collect

import (
	"slices"

	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// The causes beside those of fetch. Causes lists all, with what they mean.
const (
	CauseDatabaseAway     = "database_away"
	CauseDatabaseReadOnly = "database_read_only"
	CauseDatabaseFull     = "database_full"
	CauseLeaseLost        = "lease_lost"
	CauseInterrupted      = "interrupted"
	CauseSettings         = "settings"
	CauseStale            = "stale_timestamps"
	CauseFuture           = "future_timestamps"
	CauseFrozen           = "frozen_feed"
	CauseSchemaDrift      = "schema_drift"
	CauseUnreadable       = "unreadable"
	CauseSwapped          = "swapped_teams"
	CauseDuplicatedBook   = "duplicated_book"
	CauseAverages         = "average_prices"
	CauseSentinels        = "sentinel_prices"
	CauseTeamRenamed      = "team_renamed"
	CauseDoubleheader     = "doubleheader_mismatch"
	CauseUnknownGame      = "unknown_game"
	CauseUnknownBook      = "unknown_book"
	CauseClockSkew        = "clock_skew"
	CausePartialSlate     = "partial_slate"
	CauseOddRows          = "odd_rows"
	CausePostponed        = "postponed_game"
	CauseMoved            = "moved_game"
	CauseOther            = "other"
)

// Cause is one thing that can be wrong with a feed, or with collecting.
type Cause struct {
	Name     string
	Sentence string // what it means
	Next     string // what a person does about it
	// Event says that it happened in the world: nothing is wrong with the feed.
	Event bool
	// body says that it stands in the body: it holds for as long as the source
	// repeats itself.
	body bool
}

var ours = []Cause{
	{Name: CauseDatabaseAway, Sentence: "the database did not answer", Next: "start it; collecting goes on by itself"},
	{Name: CauseDatabaseReadOnly, Sentence: "the database takes no writes", Next: "see whether it is a standby, or default_transaction_read_only is on"},
	{Name: CauseDatabaseFull, Sentence: "the database's disk is full", Next: "make room; what could not be stored is asked for again"},
	{Name: CauseLeaseLost, Sentence: "another worker took this feed over while this one looked; what this one had was not written", Next: "nothing, where it is rare; else see what keeps the worker from ending its looks"},
	{Name: CauseInterrupted, Sentence: "a worker died in the middle of a look; what it had received was taken in", Next: "see why it died"},
	{Name: CauseSettings, Sentence: "the feed cannot be asked for as it is set up", Next: "read the detail: a key that is missing, or a feed that this process does not watch"},
	{Name: CauseStale, Sentence: "the source gives an old answer as if it were new; it was not taken in", Next: "nothing: it is asked again; where it lasts, the source or a cache before it is broken"},
	{Name: CauseFuture, Sentence: "the source tells of a time that has not come yet; its answer was not taken in", Next: "check this machine's clock; else the source's times are broken"},
	{Name: CauseFrozen, Sentence: "the source repeats one answer at a time when it always changes; its prices are not confirmed by it", Next: "look at the source's site; where that moves, the feed is broken"},
	{Name: CauseSchemaDrift, Sentence: "the source has changed the fields of its answers", Next: "compare the fields that the detail names with the format, and change the format; what was received can be read again", body: true},
	{Name: CauseUnreadable, Sentence: "the answer is not what this feed answers", Next: "see what the source sends now", body: true},
	{Name: CauseSwapped, Sentence: "home and away of a game have changed places; its prices were set aside", Next: "compare with the schedule; where the schedule is wrong, correct the game", body: true},
	{Name: CauseDuplicatedBook, Sentence: "a book is listed twice at different prices; neither was taken in", Next: "nothing, where it passes; else ask for fewer books", body: true},
	{Name: CauseAverages, Sentence: "prices are means of American prices; all of that book were set aside", Next: "leave the book out: it is a consensus column", body: true},
	{Name: CauseSentinels, Sentence: "prices are numbers that stand for no price; they were set aside", Next: "nothing, where it passes; else the source has no prices", body: true},
	{Name: CauseTeamRenamed, Sentence: "a team has a name that is not known; its rows were set aside", Next: "add the name that the detail shows to the team's names, and read again", body: true},
	{Name: CauseDoubleheader, Sentence: "the source lists a game of two teams that the schedule does not know, or does not say which of two it means", Next: "nothing, where the schedule learns of it; else `identity list` shows what waits", body: true},
	{Name: CauseUnknownGame, Sentence: "the source lists a game of which the day's schedule knows nothing", Next: "compare with the schedule; `identity list` shows what waits", body: true},
	{Name: CauseUnknownBook, Sentence: "the source lists a book that is not known", Next: "add the book that the detail shows to the directory, and read again", body: true},
	{Name: CauseClockSkew, Sentence: "the source's clock and this machine's do not agree", Next: "check this machine's clock; where other sources agree with it, it is the source's"},
	{Name: CausePartialSlate, Sentence: "games that the source listed before, and that have not begun, are missing; their prices were not withdrawn", Next: "nothing, where it passes; else see whether those games are postponed", body: true},
	{Name: CauseOddRows, Sentence: "some rows cannot be understood; they were set aside", Next: "read the detail; the table staging.quarantine holds the rows", body: true},
	{Name: CausePostponed, Sentence: "a game is postponed or called off", Next: "nothing: its prices are not taken in", Event: true, body: true},
	{Name: CauseMoved, Sentence: "a game starts at another time than the schedule had, or on another day", Next: "nothing, where the schedule says the same", Event: true, body: true},
	{Name: CauseOther, Sentence: "something that has no name here went wrong", Next: "read the detail"},
}

// Causes are all causes there are, the gravest first: where several are found
// at once, the first is the one of the look and the others are in its detail.
func Causes() []Cause {
	all := make([]Cause, 0, len(ours)+20)
	for _, c := range fetch.Causes() {
		all = append(all, Cause{Name: c.Name, Sentence: c.Sentence, Next: c.Next})
	}
	return append(all, ours...)
}

var causes = Causes()

// Explain says what a cause means and what to do about it; "" for nothing
// wrong.
func Explain(cause string) (sentence, next string) {
	if cause == "" {
		return "", ""
	}
	c := causeOf(cause)
	return c.Sentence, c.Next
}

func causeOf(name string) Cause { return causes[rank(name)] }

// rank is a cause's place in the list; that of the last, "other", where it is
// not there.
func rank(name string) int {
	i := slices.IndexFunc(causes, func(c Cause) bool { return c.Name == name })
	if i < 0 {
		return len(causes) - 1
	}
	return i
}

// reasonCauses are what follows from a reason for which rows are set aside. A
// reason that is not here is that of a row that cannot be read.
var reasonCauses = map[source.Reason]string{
	source.SentinelPrice:  CauseSentinels,
	source.AveragePrice:   CauseAverages,
	source.DuplicatedBook: CauseDuplicatedBook,
	source.SwappedTeams:   CauseSwapped,
	source.Unscheduled:    CauseDoubleheader,
	source.AmbiguousGame:  CauseDoubleheader,
	source.UnknownGame:    CauseUnknownGame,
	source.UnknownTeam:    CauseTeamRenamed,
	source.UnknownBook:    CauseUnknownBook,
	source.Postponed:      CausePostponed,
	source.Conflict:       CauseOddRows,
	source.InPlay:         "", // every time, and no sign of anything
	source.Suspended:      "", // as books do
}
