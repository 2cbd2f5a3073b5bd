#!/bin/sh
# berth-firewall machine|docker|hold|free|open|print|check: written by Berth, overwritten by its next setup.
# Variables at the top: ssh_from4 ssh_from6 ssh_ports ports udp_ports, and neighbours4 neighbours6 (PORT=NETWORK each)
set -eu

neighbours() { if [ "$1" = 4 ]; then echo "$neighbours4"; else echo "$neighbours6"; fi; }

# Where a cloud's metadata service answers.
metadata() { if [ "$1" = 4 ]; then echo 169.254.169.254/32; else echo "fd00:ec2::254/128 fd20:ce::254/128"; fi; }

# What the public may ask containers for, as the end of a rule each.
public() {
  for port in $ports; do
    echo "-p tcp -m tcp --dport $port"
  done
}

# What may come in from outside besides, as the end of a rule each; $1 is 4 or 6.
allowed() {
  for port in $udp_ports; do echo "-p udp -m udp --dport $port"; done
  if [ "$1" = 4 ]; then sources=$ssh_from4; else sources=$ssh_from6; fi
  for source in $sources; do
    for port in $ssh_ports; do echo "-s $source -p tcp -m tcp --dport $port"; done
  done
  for door in $(neighbours "$1"); do
    echo "-s ${door#*=} -p tcp -m tcp --dport ${door%%=*}"
  done
  if [ "$1" = 4 ]; then
    echo "-p icmp"
    echo "-p udp -m udp --sport 67 --dport 68"
  else
    echo "-p ipv6-icmp"
    echo "-s fe80::/10 -p udp -m udp --dport 546"
  fi
}

# The machine itself. The mangle chain sees a packet before Docker rewrites its port, so that published ports are
# closed too, also while Docker restarts; names of bridges are those that Docker gives.
machine() {
  echo "*mangle"
  echo ":BERTH-OUTSIDE - [0:0]"
  echo "-A BERTH-OUTSIDE -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"
  # Engines before 27 put rules of new networks before DOCKER-USER over IPv6.
  [ "$1" = 4 ] || for address in $(metadata "$1"); do
    for inside in docker0 br-+; do echo "-A BERTH-OUTSIDE -i $inside -d $address -p tcp -j DROP"; done
  done
  for inside in lo docker0 br-+; do
    echo "-A BERTH-OUTSIDE -i $inside -j RETURN"
  done
  echo "-A BERTH-OUTSIDE -m addrtype ! --dst-type LOCAL -j RETURN"
  { public && allowed "$1"; } | sed 's/^/-A BERTH-OUTSIDE /; s/$/ -j RETURN/'
  echo "-A BERTH-OUTSIDE -j DROP"
  echo "COMMIT"
  echo "*filter"
  echo ":BERTH-INPUT - [0:0]"
  echo "-A BERTH-INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
  echo "-A BERTH-INPUT -i lo -j ACCEPT"
  # The public's ports aren't among them: Docker leads them to containers before, but for the moment in which it starts
  # and makes its rules anew. Whoever is dropped then asks again a second later; who is refused doesn't.
  allowed "$1" | sed 's/^/-A BERTH-INPUT /; s/$/ -j ACCEPT/'
  echo "-A BERTH-INPUT -j DROP"
  echo "COMMIT"
}

# Docker's forwarded packets. Containers reach anything but the cloud's metadata service, which answers with
# credentials over TCP; its DNS is UDP. From outside only the web's ports come in, by the port before Docker's
# rewriting.
docker() {
  echo "*filter"
  echo ":DOCKER-USER - [0:0]"
  echo ":BERTH-WALL - [0:0]"
  for address in $(metadata "$1"); do
    echo "-A DOCKER-USER -d $address -p tcp -j REJECT"
  done
  for inside in docker0 br-+; do
    echo "-A DOCKER-USER -i $inside -j RETURN"
  done
  for inside in docker0 br-+; do
    echo "-A DOCKER-USER -o $inside -j BERTH-WALL"
  done
  echo "-A DOCKER-USER -m conntrack --ctstate DNAT -j BERTH-WALL"
  echo "-A DOCKER-USER -j RETURN"
  echo "-A BERTH-WALL -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"
  for port in $ports; do
    echo "-A BERTH-WALL -p tcp -m conntrack --ctstate DNAT --ctorigdstport $port -j RETURN"
  done
  for door in $(neighbours "$1"); do
    echo "-A BERTH-WALL -s ${door#*=} -p tcp -m conntrack --ctstate DNAT --ctorigdstport ${door%%=*} -j RETURN"
  done
  echo "-A BERTH-WALL -j DROP"
  echo "COMMIT"
}

# tool VERSION: the iptables of that IP version.
tool() { if [ "$1" = 4 ]; then echo iptables; else echo ip6tables; fi; }

# first VERSION TABLE CHAIN OURS: ours is the first rule of the chain.
first() {
  while "$(tool "$1")" -w -t "$2" -D "$3" -j "$4" 2>/dev/null; do :; done
  "$(tool "$1")" -w -t "$2" -I "$3" 1 -j "$4"
}

# single VERSION: a question for a name of one label, as containers are called, and no name outside: the root follows the
# first label (RFC 1035, 4.1.2).
single() { if [ "$1" = 4 ]; then echo "0>>22&0x3C@17&0xFF@18&0xFF=0"; else echo "57&0xFF@58&0xFF=0"; fi; }

# free VERSION: containers may ask a name server outside for them again.
free() {
  while "$(tool "$1")" -w -t mangle -D PREROUTING -i br-+ -p udp --dport 53 -m u32 --u32 "$(single "$1")" -j DROP 2>/dev/null; do :; done
}

# A kernel without IPv6 has nothing to close.
versions() { if [ -e /proc/net/if_inet6 ]; then echo 4 6; else echo 4; fi; }

# A unit that ran says nothing of what was flushed since, so the kernel is asked too.
# gap VERSION: what the kernel lacks of the rules, nothing when it has them.
gap() {
  set -- "$(tool "$1") -w" "$1"
  if $1 -t mangle -C PREROUTING -j BERTH-OUTSIDE && $1 -t mangle -C BERTH-OUTSIDE -j DROP; then :; else
    echo "no rules for published ports over IPv$2"
  fi
  if $1 -C INPUT -j BERTH-INPUT && $1 -C BERTH-INPUT -j DROP; then :; else echo "no rules for the machine over IPv$2"; fi
  systemctl is-active --quiet docker || return 0
  if $1 -C FORWARD -j DOCKER-USER && $1 -C DOCKER-USER -o docker0 -j BERTH-WALL && $1 -C BERTH-WALL -j DROP; then :; else
    echo "no rules for containers over IPv$2"
  fi
}

# What is wrong, a line each.
gaps() {
  units=berth-firewall
  ! systemctl is-active --quiet docker || units="$units berth-docker-firewall"
  for unit in $units; do
    systemctl is-active --quiet "$unit" || echo "$unit is not active"
    systemctl is-enabled --quiet "$unit" || echo "$unit is not enabled, and gone after a reboot"
  done
  for version in $(versions); do gap "$version"; done 2>/dev/null
  ! systemctl is-active --quiet berth-firewall-undo.timer || echo "its rules are about to be taken back"
}

if [ "${1:-}" = check ]; then
  open=$(gaps)
  [ -z "$open" ] || {
    echo "open, $(echo "$open" | head -n 1)"
    exit 1
  }
  echo closed
  exit 0
fi

for version in $(versions); do
  iptables=$(tool "$version")
  case ${1:-} in
    machine)
      machine "$version" | "$iptables-restore" -w --noflush
      first "$version" mangle PREROUTING BERTH-OUTSIDE
      first "$version" filter INPUT BERTH-INPUT
      ;;
    docker)
      docker "$version" | "$iptables-restore" -w --noflush
      first "$version" filter FORWARD DOCKER-USER
      ;;
    hold)
      free "$version"
      "$iptables" -w -t mangle -I PREROUTING -i br-+ -p udp --dport 53 -m u32 --u32 "$(single "$version")" -j DROP
      ;;
    free) free "$version" ;;
    open)
      "$iptables" -w -t mangle -D PREROUTING -j BERTH-OUTSIDE 2>/dev/null || :
      "$iptables" -w -D INPUT -j BERTH-INPUT 2>/dev/null || :
      free "$version"
      ;;
    print)
      machine "$version"
      docker "$version"
      ;;
    *)
      echo "usage: berth-firewall machine|docker|hold|free|open|print|check" >&2
      exit 2
      ;;
  esac
done
