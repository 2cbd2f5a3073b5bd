# What machines of one swarm say to each other: management, membership, and what containers do, encrypted (ESP) or not
# (https://docs.docker.com/engine/swarm/swarm-tutorial/#open-protocols-and-ports-between-the-hosts).
swarm() {
  for peer in $peers; do
    echo "-s $peer -p tcp -m multiport --dports 2377,7946"
    echo "-s $peer -p udp -m multiport --dports 7946,4789"
    echo "-s $peer -p esp"
  done
}

# None of it is for containers: what one sends to a machine comes there from this machine's address, and would be let in.
apart() {
  for peer in $peers; do
    echo "-A DOCKER-USER -d $peer -p tcp -m multiport --dports 2377,7946 -j REJECT"
    echo "-A DOCKER-USER -d $peer -p udp -m multiport --dports 7946,4789 -j REJECT"
  done
}

