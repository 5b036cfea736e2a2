"""From a network and a data set to trained weights."""
