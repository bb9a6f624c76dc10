package pg

import "syscall"

// attributes makes the child run as the owner. The server, unlike initdb, is
// also told to stop in order when this program dies, so that a crash leaves
// neither a server behind nor one to be recovered. It has a process group of
// its own: a ctrl-C at the terminal is this program's to handle.
func (o owner) attributes(server bool) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if o.other {
		a.Credential = &syscall.Credential{Uid: o.uid, Gid: o.gid}
	}
	if server {
		a.Pdeathsig = syscall.SIGINT
	}
	return a
}
