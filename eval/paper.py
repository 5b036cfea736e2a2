"""What the paper claims: arXiv 2605.16443, by data set."""

# Accuracy in percent of the dense and of the TVSCM network.
ACCURACY = {
    "mnist": {"dense": 97.67, "tvscm": 93.54},
    "heartbeat": {"dense": 97.60, "tvscm": 93.10},
}
# How many times less the TVSCM network takes than the dense one.
TIMES_LESS = {
    "mnist": {"memory": 80.4, "latency": 117, "energy": 50},
    "heartbeat": {"memory": 26.2, "latency": 91.5, "energy": 112},
}
