package simulator

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"golang.org/x/sync/errgroup"
)

// Summary is what Write wrote.
type Summary struct {
	Season int    `json:"season"`
	Seed   uint64 `json:"seed"`
	Days   int    `json:"days"`
	Games  int    `json:"games"` // listed: one that was called off counts on both its days
	Ticks  int    `json:"ticks"` // of the three main markets
	Files  int    `json:"files"`
	Bytes  int64  `json:"bytes"` // on disk
}

// manifest is the last file written: without it a folder is not whole.
type manifest struct {
	Summary
	List []file `json:"list"`
}

// file is one file of a written season, by its path under the folder.
type file struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// The folders of a written season. The truth is apart: nothing that imports
// the others may read it.
var folders = [...]string{"actionnetwork", "oddsapi", "statsapi", "truth"}

const (
	partial      = ".partial" // where files are until all are written
	manifestFile = "manifest.json"
)

// Write writes a season into a folder that is empty or does not exist:
//
//	actionnetwork/DATE.jsonl.gz       polls of the scoreboard and one history of each event, a capture a line
//	oddsapi/DATE/TIME.json.gz         historical snapshots
//	statsapi/DATE/schedule.json       the schedule after the day's last game
//	statsapi/DATE/livefeed-PK.json.gz live feeds, then too
//	truth/DATE.json.gz                what was planted: for tests only
//	manifest.json                     every file with its size and hash, written last
//
// The same configuration gives the same bytes. Where it fails, or ctx ends,
// nothing it wrote stays. The error wraps mlb.ErrConflict where the folder is
// not empty.
func Write(ctx context.Context, dir string, cfg Config) (sum Summary, err error) {
	if err := claim(dir); err != nil {
		return sum, err
	}
	s, err := New(cfg)
	if err != nil {
		return sum, err
	}
	temp := filepath.Join(dir, partial)
	defer os.RemoveAll(temp)
	days, err := s.writeDays(ctx, temp)
	if err != nil {
		return sum, fmt.Errorf("simulate season %d: %w", cfg.Season, err)
	}
	m := manifest{Summary: Summary{Season: cfg.Season, Seed: cfg.Seed, Days: len(days)}}
	for _, d := range days {
		m.add(d)
	}
	if err := publish(dir, m); err != nil {
		return sum, fmt.Errorf("simulate season %d: %w", cfg.Season, err)
	}
	return m.Summary, nil
}

// claim sees to it that the folder is there and empty. What a run left that
// was killed goes.
func claim(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.MkdirAll(dir, 0o750)
	case err != nil:
		return err
	}
	for _, e := range entries {
		if e.Name() != partial {
			return fmt.Errorf("%w: %s is not empty (%s is in it): a season is written into an empty folder", mlb.ErrConflict, dir, e.Name())
		}
	}
	return os.RemoveAll(filepath.Join(dir, partial))
}

// publish gives the files their names and writes the manifest. Where it fails
// it takes back what it has named.
func publish(dir string, m manifest) (err error) {
	var named []string
	defer func() {
		for _, name := range named {
			if err != nil {
				os.RemoveAll(name)
			}
		}
	}()
	for _, f := range folders {
		to := filepath.Join(dir, f)
		if err := os.Rename(filepath.Join(dir, partial, f), to); err != nil {
			return err
		}
		named = append(named, to)
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	temp := filepath.Join(dir, partial, manifestFile)
	if err := os.WriteFile(temp, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(temp, filepath.Join(dir, manifestFile))
}

// written is a day's files and counts.
type written struct {
	games, ticks int
	files        []file
}

func (m *manifest) add(d written) {
	m.Games += d.games
	m.Ticks += d.ticks
	m.Files += len(d.files)
	for _, f := range d.files {
		m.Bytes += f.Bytes
	}
	m.List = append(m.List, d.files...)
}

// writeDays writes as many days at a time as there are processors; the result
// is in the order of the days.
func (s *Season) writeDays(ctx context.Context, dir string) ([]written, error) {
	days := make([]written, len(s.days))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, date := range s.days {
		group.Go(func() (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			days[i], err = s.writeDay(ctx, dir, date)
			return err
		})
	}
	return days, group.Wait()
}

func (s *Season) writeDay(ctx context.Context, dir string, date mlb.Date) (out written, err error) {
	d, err := s.Day(date)
	if err != nil {
		return out, err
	}
	w := dayWriter{dir: dir, day: d}
	for _, step := range []func(context.Context) error{w.actionNetwork, w.oddsAPI, w.statsAPI, w.truth} {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		if err := step(ctx); err != nil {
			return out, err
		}
	}
	out = written{games: len(d.markets), files: w.files}
	for range d.Ticks() {
		out.ticks++
	}
	return out, nil
}

// dayWriter writes the files of one day.
type dayWriter struct {
	dir   string
	day   *Day
	files []file
}

// capture is a line of a capture of Action Network.
func (w *dayWriter) capture(out io.Writer, url string, data []byte, at time.Time) error {
	b := make(body, 0, len(data)+256)
	b.str(`{"url":`, url).raw(`,"data":`)
	b = append(b, data...)
	b.time(`,"timestamp":`, at, wholeZ).raw("}\n")
	_, err := out.Write(b)
	return err
}

func (w *dayWriter) actionNetwork(ctx context.Context) error {
	return w.create(fmt.Sprintf("actionnetwork/%s.jsonl.gz", w.day.date), true, func(out io.Writer) error {
		url := w.day.ScoreboardURL()
		for _, at := range w.day.polls() {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := w.capture(out, url, w.day.Scoreboard(at), at); err != nil {
				return err
			}
		}
		at := w.day.Ends().Add(15 * time.Minute).Truncate(time.Second)
		for _, id := range w.day.Events() {
			history, err := w.day.History(id, at)
			if err != nil {
				return err
			}
			if err := w.capture(out, HistoryURL(id), history, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// polls is when the scoreboard is looked at: every hour from six in the
// morning until the last game has begun, shortly before every start, and when
// all games are over.
func (d *Day) polls() (all []time.Time) {
	first := time.Date(d.date.Year, d.date.Month, d.date.Day, 6, 0, 7, 0, d.season.eastern).UTC()
	last := d.markets[len(d.markets)-1].start.Add(time.Hour)
	for at := first; at.Before(last); at = at.Add(time.Hour) {
		all = append(all, at)
	}
	for _, m := range d.markets {
		for _, before := range []time.Duration{60, 30, 15, 5} {
			all = append(all, m.start.Add(-before*time.Minute+7*time.Second))
		}
	}
	all = append(all, d.Ends().Add(10*time.Minute).Truncate(time.Second))
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// snapshots is when The Odds API is asked, in minutes after midnight in the
// east.
var snapshots = [...]int{10 * 60, 13 * 60, 16 * 60, 18*60 + 30, 21*60 + 30}

func (w *dayWriter) oddsAPI(context.Context) error {
	d := w.day.date
	for _, minutes := range snapshots {
		at := time.Date(d.Year, d.Month, d.Day, 0, minutes, 0, 0, w.day.season.eastern).UTC()
		name := fmt.Sprintf("oddsapi/%s/%s.json.gz", d, at.Format("20060102T150405Z"))
		if err := w.put(name, true, w.day.OddsAPI(at)); err != nil {
			return err
		}
	}
	return nil
}

func (w *dayWriter) statsAPI(context.Context) error {
	at := w.day.Ends().Add(15 * time.Minute)
	if err := w.put(fmt.Sprintf("statsapi/%s/schedule.json", w.day.date), false, w.day.Schedule(at)); err != nil {
		return err
	}
	for _, pk := range w.day.Games() {
		feed, err := w.day.LiveFeed(pk, at)
		if err != nil {
			return err
		}
		if err := w.put(fmt.Sprintf("statsapi/%s/livefeed-%d.json.gz", w.day.date, pk), true, feed); err != nil {
			return err
		}
	}
	return nil
}

func (w *dayWriter) truth(context.Context) error {
	text, err := json.Marshal(w.day.Truth())
	if err != nil {
		return err
	}
	return w.put(fmt.Sprintf("truth/%s.json.gz", w.day.date), true, text)
}

func (w *dayWriter) put(name string, zip bool, text []byte) error {
	return w.create(name, zip, func(out io.Writer) error {
		_, err := io.Copy(out, bytes.NewReader(text))
		return err
	})
}

// create writes a file with f and notes its size and hash.
func (w *dayWriter) create(name string, zip bool, f func(io.Writer) error) (err error) {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	disk, err := os.Create(path)
	if err != nil {
		return err
	}
	defer disk.Close()
	sum := counter{hash: sha256.New()}
	buffered := bufio.NewWriterSize(io.MultiWriter(disk, &sum), 1<<16)
	if err := zipped(buffered, zip, f); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := disk.Close(); err != nil {
		return err
	}
	w.files = append(w.files, file{Path: name, Bytes: sum.n, SHA256: hex.EncodeToString(sum.hash.Sum(nil))})
	return nil
}

// zipped runs f on w, through gzip where asked: with no name and no time in its
// header, so that the bytes are the content's alone.
func zipped(w io.Writer, zip bool, f func(io.Writer) error) error {
	if !zip {
		return f(w)
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := f(z); err != nil {
		return err
	}
	return z.Close()
}

// counter counts and hashes what goes by.
type counter struct {
	n    int64
	hash hash.Hash
}

// Write never fails.
func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.hash.Write(p)
}
