// Package pg finds PostgreSQL and runs a private cluster of it under the
// user's data folder: on a unix socket only, for as long as the program lives.
package pg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// MinMajor is the oldest PostgreSQL this program runs on.
const MinMajor = 15

// ErrNotFound reports that no usable PostgreSQL is installed.
var ErrNotFound = errors.New("no PostgreSQL 15 or newer found: install it (Debian, Ubuntu: apt-get install postgresql; " +
	"macOS: brew install postgresql@16), or set DATABASE_URL")

// Installation is a set of PostgreSQL server programs.
type Installation struct {
	BinDir  string
	Version string // "15.18"
	Major   int
}

// places are where packages put the server programs, besides the PATH.
var places = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// Find returns every usable installation's best: the one of the wanted major
// version, or the newest where want is 0.
func Find(ctx context.Context, want int) (Installation, error) {
	var best Installation
	for _, dir := range candidates() {
		in, err := inspect(ctx, dir)
		if err != nil || in.Major < MinMajor || (want != 0 && in.Major != want) {
			continue
		}
		if in.Major > best.Major {
			best = in
		}
	}
	if best.Major == 0 {
		return best, ErrNotFound
	}
	return best, nil
}

func candidates() []string {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(target))
		}
	}
	for _, p := range places {
		found, err := filepath.Glob(p)
		if err == nil {
			dirs = append(dirs, found...)
		}
	}
	return dirs
}

// inspect asks the server program for its version: "postgres (PostgreSQL) 15.18 (Debian ...)".
func inspect(ctx context.Context, dir string) (Installation, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return Installation{}, err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return Installation{}, fmt.Errorf("ask %s for its version: %w", dir, err)
	}
	_, after, _ := strings.Cut(string(out), "(PostgreSQL) ")
	version, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	digits := strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return Installation{}, fmt.Errorf("%s: version %q", dir, out)
	}
	major, err := strconv.Atoi(digits[0])
	return Installation{BinDir: dir, Version: version, Major: major}, err
}
