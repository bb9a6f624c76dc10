package mlb

// Status is where a game stands. The zero value is unknown.
type Status uint8

// The statuses a schedule gives.
const (
	Scheduled Status = iota + 1
	InProgress
	Suspended
	Postponed
	Cancelled
	Forfeited
	Final
)

var statusNames = [...]string{"", "scheduled", "in_progress", "suspended", "postponed", "cancelled", "forfeited", "final"}

// String is the status's name as the CLI and the JSON print it.
func (s Status) String() string { return nameOf(statusNames[:], int(s)) }

// Score is the runs of both sides.
type Score struct{ Home, Away int }

// Result is what one source says of a game. Score has meaning for a final
// game alone.
type Result struct {
	Game   GameID
	Status Status
	Score  Score
}
