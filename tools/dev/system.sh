# Packages of the machine, and packages of Debian that are only unpacked into .dev/.
# shellcheck shell=bash

APT_UPDATED=

# packages "why" PACKAGE...: the only thing that changes the machine outside the checkout.
packages() {
    local why=$1 sudo=()
    shift
    has apt-get || die "missing: $why. There is no apt here: install the equivalent of: $*"
    if [ "$(id -u)" -ne 0 ]; then
        has sudo || die "missing: $why. You are not root and there is no sudo: as root, run apt-get install $*"
        sudo=(sudo)
    fi
    say "apt will install $* ($why)"
    # The password is asked for here: the steps below have no terminal.
    [ ${#sudo[@]} -eq 0 ] || sudo -v || die "missing: $why. As root, run apt-get install $*, then try again"
    if [ -z "$APT_UPDATED" ]; then
        step apt "reading the package lists" "${sudo[@]}" apt-get -o DPkg::Lock::Timeout=300 update ||
            die "apt-get update failed: check the network and the machine's apt sources ($LOGS/apt.log)"
        APT_UPDATED=1
    fi
    step apt "installing $*" "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" ||
        die "apt could not install $*: check the network and the disk ($LOGS/apt.log)"
    hash -r
}

# The mirror that the machine itself uses for Debian: other vendors' sources and the side
# suites (security, updates, backports) do not carry sid.
debian_mirror() {
    # The fields are apt's.
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk '$1 ~ /debian\/?$/ && $2 !~ /[-\/]/ && $3 == "main" { print $1; exit }'
}

# apt with a state of its own: the machine's sources stay as they are.
private_apt() {
    apt-get -o Dir::Etc::SourceList="$DEV/apt/sid.sources" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$DEV/apt/lists" -o Dir::Cache="$DEV/apt/cache" \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none "$@"
}

# unpack_sid FOLDER PACKAGE...: download from Debian sid and unpack below FOLDER.
unpack_sid() {
    local folder=$1 mirror keys deb
    shift
    has apt-get || die "there is no apt here to get Odoo 19 with: set ODOO_HOME to an Odoo 19 of your own"
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || die "no Debian source in apt's configuration: add one, or set ODOO_HOME to an Odoo 19 of your own"
    for keys in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp} ''; do
        [ ! -e "$keys" ] || break
    done
    [ -n "$keys" ] || die "the package debian-archive-keyring is missing: install it with apt-get"
    rm -rf "$DEV/apt" "$folder"
    mkdir -p "$DEV/apt/lists/partial" "$DEV/apt/cache/archives/partial" "$DEV/apt/debs" "$folder"
    printf 'Types: deb\nURIs: %s\nSuites: sid\nComponents: main\nSigned-By: %s\n' "$mirror" "$keys" >"$DEV/apt/sid.sources"
    step sid "reading the package list of Debian sid" private_apt -o APT::Update::Error-Mode=any update ||
        die "Debian sid could not be read: check the network, or set ODOO_HOME to an Odoo 19 of your own"
    step sid "downloading Odoo 19 from Debian sid (125 MB)" download_debs "$@" ||
        die "Odoo 19 could not be downloaded: check the network and the disk, or set ODOO_HOME to an Odoo 19 of your own"
    for deb in "$DEV"/apt/debs/*.deb; do
        dpkg -x "$deb" "$folder" || die "cannot unpack $deb: free some disk (2 GB) and try again"
    done
    rm -rf "$DEV/apt"
}

download_debs() { (cd "$DEV/apt/debs" && private_apt download "$@"); }
