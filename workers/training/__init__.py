"""Training and judging the classifiers that ship with Gatepost; needs the optional extra `train`."""
