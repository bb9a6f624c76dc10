package pg

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// owner is the user the server runs as. PostgreSQL refuses root, so root
// hands the server to another user.
type owner struct {
	name     string
	uid, gid uint32
	other    bool // not the user this program runs as
}

// serverUser is the present user, or for root the user postgres or nobody.
func serverUser() (owner, error) {
	if os.Getuid() != 0 {
		return owner{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return owner{}, fmt.Errorf("user %s: %w", name, err)
		}
		return owner{name: name, uid: uint32(uid), gid: uint32(gid), other: true}, nil
	}
	return owner{}, errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as: " +
		"run mlb-betting as another user")
}

// own gives a folder to the server's user.
func (o owner) own(path string) error {
	if !o.other {
		return nil
	}
	if err := os.Chown(path, int(o.uid), int(o.gid)); err != nil {
		return fmt.Errorf("give %s to user %s: %w", path, o.name, err)
	}
	return nil
}

// isOurs checks that nobody else has put a folder of theirs, or a link, where
// the socket goes: its name in the shared temporary folder can be guessed.
func (o owner) isOurs(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at %s: %w", dir, err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	mine := ok && (int(st.Uid) == os.Getuid() || o.other && st.Uid == o.uid)
	if !info.IsDir() || !mine || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is not a private folder of this user: remove it, or choose a --data-dir with a shorter path", dir)
	}
	return nil
}

// canEnter checks that the server's user can reach the folder: root's home,
// for one, is closed to others.
func (o owner) canEnter(dir string) error {
	if !o.other {
		return nil
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	for p := abs; ; p = filepath.Dir(p) {
		info, err := os.Stat(p)
		if err != nil {
			return fmt.Errorf("look at %s: %w", p, err)
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if ok && info.Mode().Perm()&0o001 == 0 && st.Uid != o.uid {
			return fmt.Errorf("PostgreSQL runs as user %s, who cannot enter %s: choose another folder, such as --data-dir /var/lib/mlb-betting", o.name, p)
		}
		if p == filepath.Dir(p) {
			return nil
		}
	}
}

// DefaultDataDir is where the program keeps its data unless told otherwise.
func DefaultDataDir() (string, error) {
	if os.Getuid() == 0 {
		return "/var/lib/mlb-betting", nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "mlb-betting"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no data folder: %w: set --data-dir or MLB_DATA_DIR", err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support", "mlb-betting"), nil
	}
	return filepath.Join(home, ".local", "share", "mlb-betting"), nil
}

// lockFile holds off other processes that want to start the same cluster.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
