//go:build !linux

package pg

import "syscall"

// attributes makes the child run as the owner, in a process group of its own:
// a ctrl-C at the terminal is this program's to handle. Only Linux can tell
// the server that this program has died; elsewhere the next start joins it.
func (o owner) attributes(bool) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if o.other {
		a.Credential = &syscall.Credential{Uid: o.uid, Gid: o.gid}
	}
	return a
}
