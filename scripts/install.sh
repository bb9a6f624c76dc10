# Sourced by the ensure scripts: install_programs TITLE BREW PACKAGE COMMAND installs a
# server's programs on Debian and Ubuntu. Elsewhere, and without the rights to,
# it prints the one command to run and fails. $root is how to be root.
install_programs() {
    title=$1 brew=$2 package=$3 command=$4
    if ! command -v apt-get >/dev/null 2>&1; then
        case "$(uname -s)" in
        Darwin) echo "$title is missing. Install it with: brew install $brew" >&2 ;;
        *) echo "$title is missing. Install your distribution's $package package, then run this again." >&2 ;;
        esac
        exit 1
    fi
    root=
    if [ "$(id -u)" -ne 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            echo "$title is missing. Install it with: sudo sh -c '$command'" >&2
            exit 1
        fi
        root="sudo -n"
    fi
    echo "Installing $title (no public server is left running) ..." >&2
    $root env DEBIAN_FRONTEND=noninteractive sh -ec "$command" >&2
}
