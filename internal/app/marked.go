package app

import (
	"io"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sbd"
	"github.com/mlb-betting/mlb-betting/internal/source/vsin"
)

// numberless are the sources whose bodies carry no number by which a simulated
// one is told from a real one: in a rehearsal all of them are simulated.
func numberless() []string { return []string{vsin.Adapter().Name, sbd.Adapter().Name} }

// markedFeeds are feeds whose splits say that they are simulated.
func markedFeeds(feeds []source.Feed) []source.Feed {
	feeds = slices.Clone(feeds)
	for i := range feeds {
		read := feeds[i].Splits
		if read == nil {
			continue
		}
		feeds[i].Splits = func(d source.Doc) (source.SplitFormat, error) {
			f, err := read(d)
			open := f.Open
			f.Open = func(r io.Reader, zone *time.Location, observedAt time.Time) (source.SplitReader, error) {
				rows, err := open(r, zone, observedAt)
				return marked{rows}, err
			}
			return f, err
		}
	}
	return feeds
}

type marked struct{ rows source.SplitReader }

// Next is the next row, marked.
func (m marked) Next() (source.SplitRow, error) {
	row, err := m.rows.Next()
	row.Simulated = true
	return row, err
}
